import type { JsonValue } from '../protocol/json.ts';
import type { BuiltInCommand, BuiltInFacts } from './built-in.ts';
import { decide, type Wish } from './lifecycle.ts';
import type { LifecycleEvent } from './lifecycle-table.ts';
import type { Refusal } from './outcome.ts';
import { readArguments } from './read-arguments.ts';

const REASON_MOST = 300;

/** `@start`: the lobby is over. */
export const startSession: BuiltInCommand = {
  right: 'start',
  afterEnd: true,
  plan: (facts) => transitionOf('start', facts, noReason(facts.args)),
};

/** `@pause {reason?}`: no game commands until `@resume`. */
export const pauseSession: BuiltInCommand = {
  right: 'pause',
  afterEnd: true,
  plan: (facts) => transitionOf('pause', facts, reasonIn(facts.args)),
};

/** `@resume`. */
export const resumeSession: BuiltInCommand = {
  right: 'resume',
  afterEnd: true,
  plan: (facts) => transitionOf('resume', facts, noReason(facts.args)),
};

/** `@warn {reason?, until?}`: the host means to end the session, at `until` (ms since 1970) if nothing happens. */
export const warnSession: BuiltInCommand = {
  right: 'system',
  afterEnd: true,
  plan: (facts) =>
    transitionOf(
      'warn',
      facts,
      readArguments(facts.args, (args) => ({
        reason: args.textOrNull('reason', REASON_MOST),
        until: args.wholeOrNull('until', 0, Number.MAX_SAFE_INTEGER),
      })),
    ),
};

/** `@abandon {reason?}`: the host gives the session up. Whoever comes back takes it up again. */
export const abandonSession: BuiltInCommand = {
  right: 'system',
  afterEnd: true,
  plan: (facts) => transitionOf('abandon', facts, reasonIn(facts.args)),
};

/** `@reactivate`: an abandoned session is again what it was before. */
export const reactivateSession: BuiltInCommand = {
  right: 'resume',
  afterEnd: true,
  plan: (facts) => transitionOf('reactivate', facts, reasonIn(facts.args)),
};

/** `@archive {reason?}`: the content of an ended session was put away. */
export const archiveSession: BuiltInCommand = {
  right: 'system',
  afterEnd: true,
  plan: (facts) => transitionOf('archive', facts, reasonIn(facts.args)),
};

/** The plan of an event of the lifecycle. */
export function transitionOf(
  event: LifecycleEvent,
  { tree, actor, at }: BuiltInFacts,
  said: Pick<Wish, 'reason' | 'until'> | Refusal,
): { readonly transition: Exclude<ReturnType<typeof decide>, Refusal> } | Refusal {
  if ('ok' in said) return said;
  const transition = decide(event, tree, { by: actor.id, at, ...said });
  return 'ok' in transition ? transition : { transition };
}

/** `{reason?}`, or null. */
export function reasonIn(args: JsonValue): { readonly reason: string | null } | Refusal {
  return readArguments(args, (reader) => ({ reason: reader.textOrNull('reason', REASON_MOST) }));
}

function noReason(args: JsonValue): { readonly reason: null } | Refusal {
  return readArguments(args, () => ({ reason: null }));
}
