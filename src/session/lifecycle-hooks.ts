import type { Actor, SessionFacts, SessionStatus } from '../definition/command-context.ts';
import type { HookName } from '../definition/session-definition.ts';
import type { ParticipantId } from '../protocol/ids.ts';
import { participantOf } from './people.ts';
import { NO_EFFECT, runHandler, type Effect, type Run, type RunFacts } from './run-command.ts';
import type { SessionEvent } from './session-event.ts';
import type { SessionLog } from './session-log.ts';
import type { Tree } from './tree.ts';

/** What one run of a hook has that others have not. */
type HookRun = {
  readonly actor: Actor;
  readonly at: number;
  /** The status that the transition leads to. */
  readonly status?: SessionStatus | undefined;
  /** The seed that the event has already; the hook's chance is told apart from it. */
  readonly seed?: string | undefined;
  readonly chance?: string | undefined;
};

/** Runs what a definition hangs on to the life of its sessions, as commands run. */
export class Hooks {
  readonly #log: SessionLog;
  readonly #observe: (event: SessionEvent) => void;

  constructor(log: SessionLog, observe: (event: SessionEvent) => void) {
    this.#log = log;
    this.#observe = observe;
  }

  /** What every handler's run in this session depends on. */
  factsOf({ actor, at, status, seed, chance }: HookRun): RunFacts {
    const { definition, head, tree } = this.#log;
    const session = sessionFacts(this.#log, status ?? (tree.meta['status'] as SessionStatus));
    return { definition, actor, session, seq: head + 1, now: at, drawSeed: () => seed ?? this.#log.drawSeed(), chance };
  }

  /** Runs a hook; one that refuses is asked, one that fails is reported and did nothing. */
  ask(name: HookName, run: HookRun): Exclude<Run, { kind: 'failed' }> {
    const hook = this.#log.definition.hooks[name];
    if (hook === undefined) return NOTHING;
    const outcome = runHandler(this.#log.tree, hook, this.factsOf(run));
    if (outcome.kind !== 'failed') return outcome;
    this.report(name, run.actor, outcome.error);
    return NOTHING;
  }

  /** Runs a hook that nothing depends on: what it refuses counts as its failure. */
  run(name: HookName, run: HookRun): Effect {
    const outcome = this.ask(name, run);
    if (outcome.kind === 'accepted') return outcome.effect;
    this.report(name, run.actor, new Error(outcome.refusal.message));
    return NO_EFFECT;
  }

  report(command: string, { id: participant }: Actor, error: unknown): void {
    this.#observe({ kind: 'handler-failed', session: this.#log.session, command, participant, error });
  }
}

const NOTHING: Run & { kind: 'accepted' } = { kind: 'accepted', effect: NO_EFFECT };

/** The host itself. */
export const SYSTEM: Actor = { id: 'system', name: 'system', role: 'system' };

/** Who acts, with the role held now. */
export function actorOf(tree: Tree, id: ParticipantId | 'system'): Actor {
  if (id === 'system') return SYSTEM;
  const entry = participantOf(tree, id);
  return { id, name: entry?.name ?? '', role: entry?.role ?? '' };
}

function sessionFacts({ session, definition, tree: { meta } }: SessionLog, status: SessionStatus): SessionFacts {
  return {
    id: session,
    type: definition.name,
    name: meta['name'] as string,
    campaign: meta['campaign'] as string | null,
    status,
    mode: meta['mode'] as string | undefined,
  };
}
