import { Findings, whose, type Check } from './findings.ts';

/** Promise 9: what may have been written is never called refused: a refusal is of a command that is not in the log, and does not get there once it was heard. */
export const unknownIsNotRejected: Check = (reading) => {
  const findings = new Findings(reading, 9, ['refusals', 'failed writes']);
  findings.looked('failed writes', reading.entries('fault').filter(({ entry }) => /^append|^disk full/.test(entry.fault)).length);
  const ran = new Map<string, number>();
  for (const { written } of reading.sessions.values())
    for (const { header, index } of written) if (header.instance !== null) ran.set(`${header.instance} ${header.number}`, index);
  const lost = new Set(
    [...reading.sessions.values()].flatMap((facts) => facts.lost.map(({ event }) => `${event?.header.instance} ${event?.header.number}`)),
  );
  for (const conversation of reading.conversations) {
    const sentAgain = lastSent(conversation.heard);
    for (const [place, { frame, index }] of conversation.moments.entries()) {
      if (Array.isArray(frame) || frame.t !== 'reject' || frame.code === 'body-differs') continue;
      findings.looked('refusals');
      const key = `${conversation.instance} ${frame.n}`;
      const writtenAt = ran.get(key);
      if (writtenAt === undefined || lost.has(key)) continue;
      // It says that nothing is known of the command any more, not that it was refused.
      if (frame.code === 'unknown-instance' && reading.hasLetGo(conversation.instance, frame.n, index)) continue;
      const said = `${whose(conversation)} was told '${frame.code}' of command ${frame.n},`;
      if (writtenAt < index) findings.wrong(index, `${said} which is in the log`);
      else if (place < conversation.arrived && (sentAgain.get(frame.n) ?? 0) < index) findings.wrong(writtenAt, `${said} and later it ran`);
    }
  }
  return findings.checked;
};

/** Where each number was heard last on a connection. */
function lastSent(
  heard: readonly { readonly index: number; readonly frame: { readonly t: string; readonly n?: number } }[],
): Map<number, number> {
  return new Map(heard.flatMap(({ index, frame }) => (frame.t === 'command' && frame.n !== undefined ? [[frame.n, index]] : [])));
}
