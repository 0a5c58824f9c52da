import type { ClientFrame } from '../../../protocol/frames.ts';
import { ViewHash } from '../../../state/view-hash.ts';
import { applyEvent, emptyTree } from '../../../session/tree.ts';
import type { Moment } from './conversation.ts';
import { definitionOf } from './event-line.ts';
import { Findings, whose, type Check } from './findings.ts';
import { differenceIn, viewOf, type View } from './plain-sight.ts';
import type { RunReading, SessionFacts } from './read-run.ts';

/** Promise 8: snapshot and tail give what the log gives from its first event on, as its viewer may see it; and what clients hold is that. */
export const replayIsEqual: Check = (reading) => {
  const findings = new Findings(reading, 8, ['snapshots', 'tails', 'checkpoints', 'logs folded', 'views of clients']);
  for (const moment of reading.moments()) checkMoment(reading, findings, moment);
  for (const facts of reading.sessions.values()) checkFold(reading, findings, facts);
  checkViews(reading, findings);
  checkDiverged(reading, findings);
  return findings.checked;
};

function checkMoment(reading: RunReading, findings: Findings, moment: Moment): void {
  const { frame, conversation, index, difference, compared, upTo, anew } = moment;
  if (Array.isArray(frame)) return;
  if (frame.t === 'check') return checkHash(reading, findings, moment);
  if (!anew || !compared) return;
  const what = frame.t === 'snapshot' ? 'snapshot' : 'tail';
  findings.looked(`${what}s`);
  findings.must(
    difference === undefined,
    index,
    () => `the ${what} for ${whose(conversation)} gives something else at ${upTo} than the log does: ${difference}`,
  );
}

/** The hash of a checkpoint is that of the view that its recipients have. */
function checkHash(reading: RunReading, findings: Findings, { frame, conversation, line, stream, index }: Moment): void {
  if (Array.isArray(frame) || frame.t !== 'check' || stream === undefined) return;
  const definition = definitionOf(reading.run.definitions, line.at(stream.since));
  if (definition === undefined || frame.seq > line.head) return;
  findings.looked('checkpoints');
  const hash = new ViewHash().of(viewOf(line.treeAt(frame.seq), definition, stream.viewer));
  findings.must(hash === frame.hash, index, () => `the checkpoint at ${frame.seq} for ${whose(conversation)} is of something else`);
}

/** The fold that recovers gives what the plain one gives. */
function checkFold(reading: RunReading, findings: Findings, { session, line }: SessionFacts): void {
  if (line.head === 0) return;
  findings.looked('logs folded');
  const end = reading.run.history.length - 1;
  try {
    const tree = emptyTree();
    for (const { header, content } of line.events) applyEvent(tree, header, content);
    const { meta, state } = line.treeAt(line.head);
    const difference = differenceIn({ meta: tree.meta, state: tree.state }, { meta, state });
    findings.must(difference === undefined, end, () => `the fold of ${session} gives something else: ${difference}`);
  } catch (error) {
    findings.wrong(end, `the log of ${session} cannot be folded: ${String(error)}`);
  }
}

/** What an application holds is its viewer's sight of the log where it stands: of the log that its server told it of. */
function checkViews(reading: RunReading, findings: Findings): void {
  const told = new Map<string, Moment[]>();
  for (const { client, session, moments, arrived } of reading.conversations) {
    const key = `${client} ${session}`;
    told.set(key, [...(told.get(key) ?? []), ...moments.slice(0, arrived).filter(({ stream }) => stream !== undefined)]);
  }
  for (const { entry, index } of reading.entries('view')) {
    const { client, session, seq, role, meta, state } = entry;
    const last = told.get(`${client} ${session}`)?.findLast((moment) => moment.index < index);
    const definition = definitionOf(reading.run.definitions, last?.line.at(seq));
    if (last?.stream === undefined || definition === undefined) continue;
    findings.looked('views of clients');
    const { id } = last.stream.viewer;
    const is = last.line.roleAt(seq, id);
    findings.must(is === undefined || is === role, index, () => `${client} takes itself at ${seq} for '${role}' and is '${is}'`);
    const expected: View = viewOf(last.line.treeAt(seq), definition, { id, role });
    const difference = differenceIn({ meta, state } as never, { ...expected });
    findings.must(difference === undefined, index, () => `${client} holds something else at ${seq} than the log gives: ${difference}`);
  }
}

/** Nobody's view is ever found to be another one. */
function checkDiverged(reading: RunReading, findings: Findings): void {
  for (const conversation of reading.conversations)
    for (const { frame, index } of conversation.heard as readonly { frame: ClientFrame; index: number }[])
      if (frame.t === 'diverged')
        findings.wrong(index, `${whose(conversation)} found at ${frame.seq} that its view is not what it should be`);
}
