import { Findings, whose, type Check } from './findings.ts';
import { spotsOf } from './nothing-corrupt.ts';

/** Lines of a server's log that say that its own code failed. */
const FAILURES = [
  'session crashed',
  'connection failed inside the server',
  'session wake-failed',
  'session snapshot-failed',
  'session sweep-failed',
];

/** Promise 11: what is wrong with one session is felt by nobody else: no session is out of service without something of its own, and no server ends by itself. */
export const staysAlone: Check = (reading) => {
  const findings = new Findings(reading, 11, ['endings', 'refusals', 'lines of the log']);
  // The first one of each.
  const spoilt = new Map(
    spotsOf(reading)
      .toReversed()
      .map(({ session, index }) => [session, index]),
  );
  const disk =
    reading.entries('fault').find(({ entry }) => entry.fault === 'failed read' || entry.fault === 'disk full')?.index ?? Infinity;
  const deploy = reading.entries('fault').find(({ entry }) => entry.fault === 'deploy')?.index ?? Infinity;
  for (const { frame, conversation, index } of reading.moments()) {
    if (Array.isArray(frame) || (frame.t !== 'error' && frame.t !== 'reject')) continue;
    findings.looked(frame.t === 'error' ? 'endings' : 'refusals');
    const { code } = frame;
    const said = `${whose(conversation)} was told '${code}'`;
    if (code === 'internal') findings.wrong(index, `${said}: something failed inside the server`);
    const cause = spoilt.get(conversation.session ?? '') ?? Infinity;
    if (code === 'quarantined') findings.must(cause < index, index, () => `${said}, and nothing was wrong with ${conversation.session}`);
  }
  for (const { entry, index } of reading.entries('log')) {
    findings.looked('lines of the log');
    const failure = FAILURES.find((one) => entry.message.startsWith(one));
    // Whoever cannot read, or write the claim, cannot wake; nor can the servers of before what a new version has stored.
    const isExcused = failure === 'session wake-failed' && (disk < index || (deploy < index && /newer than version/.test(entry.message)));
    if (failure !== undefined && !isExcused) findings.wrong(index, `${entry.server} says: ${entry.message}`);
  }
  return findings.checked;
};
