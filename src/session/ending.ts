import type { StoredMessage } from '../protocol/event.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { SideWrite } from '../store/store.ts';
import type { BuiltInCommand } from './built-in.ts';
import { enact, isOver, LIFECYCLE_MESSAGE, lifecycleMessage, statusOf, type Transition } from './lifecycle.ts';
import { reasonIn, transitionOf } from './lifecycle-commands.ts';
import type { Internal, Tree } from './tree.ts';

const REASON_MOST = 1_000;

/** `@end {reason?}`: for good. The argument may also be the reason itself, or null. */
export const endSession: BuiltInCommand = {
  right: 'end',
  afterEnd: true,
  plan(facts) {
    const { args } = facts;
    const said = typeof args === 'string' ? { reason: args.slice(0, REASON_MOST) } : reasonIn(args);
    return transitionOf('end', facts, said);
  },
};

/** What the steps of an ending work on: drafts, and what becomes part of the event or happens right after it. */
export type EndingWork = {
  readonly transition: Transition;
  readonly tree: Tree;
  readonly meta: JsonObject;
  readonly internal: Internal;
  readonly messages: StoredMessage[];
  readonly side: SideWrite[];
  snapshot: boolean;
  closes: boolean;
};

/** What is known once the ending is durable. */
export type EndedFacts = {
  readonly tree: Tree;
  readonly snapshotSeq: number;
  readonly endSeq: number;
  /** Connections of before the end. Those who come later come to read. */
  readonly connected: number;
};

type EndingStep = {
  readonly step: 'refuse' | 'snapshot' | 'notify' | 'close' | 'cancel timers' | 'revoke invites' | 'free';
  readonly run: (work: EndingWork) => void;
  readonly isDone: (ended: EndedFacts) => boolean;
};

/** What ends with a session, in this order, all of it part of the one event by which it ends. */
export const ENDING: readonly EndingStep[] = [
  {
    step: 'refuse',
    run: ({ transition, meta, internal }) => enact(transition, meta, internal),
    isDone: ({ tree }) => isOver(statusOf(tree)) && tree.internal.time.since === null,
  },
  {
    step: 'snapshot',
    run: (work) => void (work.snapshot = true),
    isDone: ({ snapshotSeq, endSeq }) => snapshotSeq >= endSeq,
  },
  {
    step: 'notify',
    run({ transition, messages }) {
      // What led to the end in the same event, a start for one, is told before it.
      const before = messages.filter(({ name }) => name === LIFECYCLE_MESSAGE).length;
      messages.splice(before, 0, lifecycleMessage(transition));
    },
    isDone: ({ tree }) => tree.internal.history.endedAt !== null,
  },
  { step: 'close', run: (work) => void (work.closes = true), isDone: ({ connected }) => connected === 0 },
  {
    step: 'cancel timers',
    run: ({ internal }) => void (internal.timers = {}),
    isDone: ({ tree }) => Object.keys(tree.internal.timers).length === 0,
  },
  {
    step: 'revoke invites',
    run({ tree, internal, side }) {
      side.push(...Object.values(tree.internal.invites).map((hash) => ({ kind: 'invite-end' as const, hash })));
      internal.invites = {};
    },
    isDone: ({ tree }) => Object.keys(tree.internal.invites).length === 0,
  },
  { step: 'free', run: ({ internal }) => void delete internal.gm, isDone: ({ tree }) => tree.internal.gm === undefined },
];

/** Names of the steps whose work is not to be seen. */
export function leftBehind(ended: EndedFacts): string[] {
  return ENDING.filter(({ isDone }) => !isDone(ended)).map(({ step }) => step);
}
