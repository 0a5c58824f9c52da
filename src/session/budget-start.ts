import type { Seq } from '../protocol/ids.ts';
import type { Delivery, DeliveryPort, PresenceDelivery, ViewId } from '../protocol/ports.ts';
import { SessionBudget } from './budget.ts';
import { statusOf } from './lifecycle.ts';
import type { SessionLog } from './session-log.ts';
import type { CodeWatch, SessionSurroundings } from './session-surroundings.ts';
import type { View } from './view.ts';

/** Heap of a session with nothing in it, of one that is connected, and of one path that a view has numbered: as measured. */
const EMPTY_SESSION = 12_000;
const CONNECTION = 3_000;
const NUMBERED_PATH = 300;

/** What a budget needs of the session that it is of. */
export type BudgetedSession = {
  /** What holds memory besides tree and tail: connections, views, and characters that are kept for joiners. */
  readonly held: () => { readonly connections: number; readonly views: Iterable<View>; readonly keptForJoiners: number };
  /** Does something when the work at hand is done, unless the session's memory was dropped by then. */
  readonly soon: (work: () => void) => void;
  readonly pause: (reason: string) => void;
  /** Calls back once `seq` is durable, if it ever is. */
  readonly whenDurable: (seq: Seq, fn: () => void) => void;
  /** Leaves memory for good. */
  readonly giveUp: (reason: string) => void;
};

/** The budget of a session that begins its time in memory; undefined where the server keeps none. */
export function startBudget(log: SessionLog, surroundings: SessionSurroundings, host: BudgetedSession): SessionBudget | undefined {
  const { budgets, clock, store, observe } = surroundings;
  if (budgets === undefined) return undefined;
  const { session, definition, head, tree } = log;
  return new SessionBudget(tree, definition.limits.budget, head === 0, {
    shared: budgets,
    monotonic: () => clock.monotonic(),
    held: () => heldBytes(log, host.held()),
    logBytes: () => store.logBytes(session),
    crossed: (crossing) => observe({ kind: 'budget', session, ...crossing }),
    act: (action, reason) => host.soon(() => (action === 'pause' ? pause(log, host, reason) : giveUp(log, host, reason))),
  });
}

function heldBytes({ recent }: SessionLog, { connections, views, keptForJoiners }: ReturnType<BudgetedSession['held']>): number {
  let paths = 0;
  for (const { encoder } of views) paths += encoder.table.list.length;
  return EMPTY_SESSION + recent.heapBytes + CONNECTION * connections + NUMBERED_PATH * paths + keptForJoiners;
}

function pause(log: SessionLog, host: BudgetedSession, reason: string): void {
  if (statusOf(log.tree) === 'active') host.pause(reason);
}

/** Once all that was accepted by then is durable. */
function giveUp(log: SessionLog, host: BudgetedSession, reason: string): void {
  host.whenDurable(log.head, () => {
    if (log.durable < log.head) giveUp(log, host, reason);
    else host.soon(() => host.giveUp(reason));
  });
}

/**
 * What a session is surrounded by, where what goes out and how long its code runs is counted.
 * `members`: how many get what a view shows; without one, how many there are.
 */
export function countedBy(
  budget: SessionBudget | undefined,
  { output, watch }: Pick<SessionSurroundings, 'output' | 'watch'>,
  members: (view: ViewId | undefined) => number,
): Pick<SessionSurroundings, 'output' | 'watch'> {
  if (budget === undefined) return { output, watch };
  const enter: CodeWatch['enter'] = (session, what) => {
    watch?.enter(session, what);
    budget.enter();
  };
  const leave: CodeWatch['leave'] = () => {
    budget.leave();
    watch?.leave();
  };
  const deliver: DeliveryPort['deliver'] = (delivery) => {
    budget.sent(bytesOf(delivery, members));
    output.deliver(delivery);
  };
  return { output: { deliver }, watch: { enter, leave } };
}

function bytesOf({ records, frames, own = [], presence }: Delivery, members: (view: ViewId | undefined) => number): number {
  let bytes = presence === undefined ? 0 : bytesOfPresence(presence, members(undefined));
  for (const { frames: first, packed, after = [], answers = [] } of records)
    bytes += lengthOf(first) + (packed?.byteLength ?? 0) + lengthOf(after) + lengthOf(answers);
  for (const { view, frame } of frames) bytes += frame.length * members(view);
  for (const { frame } of own) bytes += frame.length;
  return bytes;
}

/** What is for those who run the session is counted once: there is mostly one. */
function bytesOfPresence({ all = '', gm = '', own }: PresenceDelivery, people: number): number {
  return all.length * people + gm.length + own.reduce((sum, { frame = '' }) => sum + frame.length, 0);
}

function lengthOf(frames: readonly string[]): number {
  let length = 0;
  for (const frame of frames) length += frame.length;
  return length;
}
