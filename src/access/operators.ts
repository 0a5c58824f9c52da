import { NO_CLEANUP } from '../definition/cleanup-policy.ts';
import { defineSession } from '../definition/define-session.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';

/** The type of the session that keeps what operators did; no definition of a host may have it. */
export const OPERATORS_TYPE = 'operators';
/** The one session of that type. Nobody can create, list or join it. */
export const OPERATORS_SESSION = 'operators' as SessionId;

/** What an operator did. The event that it becomes says who it was, and when. */
export type OperatorAct = {
  /** As in `evict`, `dump`, `end`, `recover`. */
  readonly what: string;
  /** The session that it was done to; null: to none, or to all. */
  readonly session: string | null;
  /** `done`, or the code of the refusal. */
  readonly outcome: string;
  readonly details?: JsonObject | undefined;
};

/** What operators did, as a log like any other: each act is an event, linked by hash to the one before. */
export const operators = defineSession(OPERATORS_TYPE, {
  version: 1,
  initial: () => ({ acts: 0 }),
  visibility: { acts: () => false },
  policies: { access: 'invite', cleanup: NO_CLEANUP },
  commands: (command) => ({
    act: command(actSchema(), (state) => void (state.acts += 1), { roles: ['gm'] }),
  }),
});

function actSchema() {
  return {
    '~standard': {
      version: 1 as const,
      vendor: 'holdfast',
      validate(value: unknown): { readonly value: OperatorAct } | { readonly issues: readonly { readonly message: string }[] } {
        return isAct(value) ? { value } : { issues: [{ message: 'what, session, outcome and details needed' }] };
      },
    },
  };
}

function isAct(value: unknown): value is OperatorAct {
  const act: { readonly [Key in keyof OperatorAct]?: unknown } = Object(value);
  const { what, session, outcome, details } = act;
  return isWord(what) && isWord(outcome) && (session === null || isWord(session)) && (details === undefined || isObject(details));
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 128;
}

function isObject(value: unknown): value is Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
