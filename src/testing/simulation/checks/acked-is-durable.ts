import type { JsonValue } from '../../../protocol/json.ts';
import type { Moment } from './conversation.ts';
import { Findings, whose, type Check } from './findings.ts';
import type { RunReading } from './read-run.ts';

/** Promise 1: every acknowledged command is in the log at the end, as the event that its answer named, whatever happened since. */
export const ackedIsDurable: Check = (reading) => {
  const findings = new Findings(reading, 1, ['acks', 'answers', 'losses']);
  const gone = new Set([...reading.sessions.values()].flatMap(({ lost }) => lost.map(({ event }) => event)));
  for (const moment of reading.moments())
    if (!Array.isArray(moment.frame) && moment.frame.t === 'ack') checkAck(reading, findings, moment, gone);
  checkAnswers(reading, findings);
  checkLosses(reading, findings);
  return findings.checked;
};

/** Written events go for a reason: the power was cut where writes are not synced, the disk lied, or an operator took the log back. */
function checkLosses(reading: RunReading, findings: Findings): void {
  const { history, durability } = reading.run;
  for (const { entry, index } of reading.entries('lost')) {
    findings.looked('losses');
    let [first, last] = [index, index];
    while (history[first]?.kind === 'lost') first -= 1;
    while (history[last]?.kind === 'lost') last += 1;
    const [cause, next] = [history[first], history[last]];
    const isCut = cause?.kind === 'fault' && cause.fault === 'unsynced loss' && durability !== 'full';
    const isFault = cause?.kind === 'fault' && cause.fault === 'log regression' && cause.on === entry.session;
    const isTaken = next?.kind === 'written' && next.session === entry.session && next.header.includes('"@recover"');
    findings.must(
      isCut || isFault || isTaken,
      index,
      () => `event ${entry.seq} of ${entry.session} is gone, and nothing that happened excuses it`,
    );
  }
}

function checkAck(reading: RunReading, findings: Findings, moment: Moment, gone: ReadonlySet<unknown>): void {
  const { frame, conversation, line, index, durable } = moment;
  if (Array.isArray(frame) || frame.t !== 'ack') return;
  findings.looked('acks');
  const { n, seq } = frame;
  const said = `command ${n} of ${whose(conversation)} was acknowledged as event ${seq}`;
  const event = seq <= durable ? line.at(seq) : undefined;
  const { durability } = reading.run;
  findings.must(
    (frame.durability ?? 'full') === durability,
    index,
    () => `${said} as '${frame.durability ?? 'full'}', and the store is '${durability}'`,
  );
  if (event === undefined) return findings.wrong(index, `${said}, which is not in the log`);
  const { instance, number } = event.header;
  findings.must(number === n && instance === conversation.instance, index, () => `${said}, which is of something else`);
  if (gone.has(event)) return;
  const session = reading.sessions.get(conversation.session ?? '');
  if (session === undefined || session.removed.length > 0) return;
  findings.must(session.line.at(seq) === event, index, () => `${said}, and another one stands there at the end`);
  const read = reading.run.logs.get(session.session as never);
  // What lies behind damage is no more lost than it is served: that the damage is noticed is another promise.
  if (read === undefined || (read.damage !== undefined && read.damage.seq <= seq) || (read.prunedTo ?? 0) >= seq) return;
  const stored = read.events.find((candidate) => candidate.seq === seq);
  findings.must(stored?.hash === event.hash, index, () => `${said}, which is not in the log at the end`);
}

/** At most as many commands of a kind were answered as done as there are of them in the log. */
function checkAnswers(reading: RunReading, findings: Findings): void {
  const done = new Map<string, number>();
  for (const { session, written, lost } of reading.sessions.values()) {
    if (lost.length > 0) continue;
    for (const { header, content } of written)
      if (header.instance !== null) count(done, keyOf(session, header.who, header.command, content?.input));
  }
  const people = new Map(
    reading.conversations.flatMap(({ client, participant }) => (participant === undefined ? [] : [[client, participant]])),
  );
  const asks = new Map(reading.entries('asked').map(({ entry }) => [entry.ask, entry]));
  for (const { entry, index } of reading.entries('answered')) {
    const ask = asks.get(entry.ask);
    const who = people.get(entry.client);
    const facts = reading.sessions.get(ask?.session ?? '');
    if (!entry.ok || ask === undefined || who === undefined || facts === undefined || facts.lost.length > 0) continue;
    if (
      reading.run.definitions.every(
        ({ commands, modes }) => ![commands, ...Object.values(modes)].some((table) => Object.hasOwn(table, ask.name)),
      )
    )
      continue;
    findings.looked('answers');
    const key = keyOf(ask.session, who, ask.name, ask.args);
    const left = done.get(key) ?? 0;
    done.set(key, left - 1);
    findings.must(
      left > 0,
      index,
      () => `${entry.client} was told that '${ask.name}' (ask ${ask.ask}) is done, and the log has no such command left`,
    );
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function keyOf(session: string, who: string, command: string, args: JsonValue | undefined): string {
  return JSON.stringify([session, who, command, args ?? null]);
}
