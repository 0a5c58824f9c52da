import type { CommandDefinition } from '../definition/command.ts';
import type { Actor, CommandContext, Recipients, SessionFacts } from '../definition/command-context.ts';
import { checkValue, type ValueIssue } from '../definition/check-value.ts';
import { isRejection, Rejection } from '../definition/rejection.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { StoredHighlight, StoredMessage, StoredOp } from '../protocol/event.ts';
import type { Seq } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { cloneJson, copyJson } from '../state/copy-json.ts';
import type { Op } from '../state/op.ts';
import { startRecording, type Recording } from '../state/recording.ts';
import { refuse, type Refusal } from './outcome.ts';
import { readRecipients } from './recipients.ts';
import { SeededRandom } from './seeded-random.ts';
import { copyHighlight, HIGHLIGHTS_PER_EVENT } from './history.ts';
import { dropTimer, putTimer } from './timer-entry.ts';
import type { Internal, Tree } from './tree.ts';

/** Most messages that one command may send. */
const MESSAGES_MOST = 256;

/** What one accepted command did. Its ops are already in the tree. */
export type Effect = {
  readonly ops: readonly Op[];
  readonly meta: readonly Op[];
  readonly messages: readonly StoredMessage[];
  readonly result: JsonValue | undefined;
  readonly seed: string | undefined;
  /** Changes of `internal`: timers. */
  readonly internal?: readonly StoredOp[];
  readonly highlights?: readonly StoredHighlight[];
  /** The handler wants the session to end with this event. */
  readonly end?: { readonly result: JsonValue | undefined };
};

/** An effect that changes nothing yet. */
export const NO_EFFECT: Effect = { ops: [], meta: [], messages: [], result: undefined, seed: undefined };

/** True for an effect that leaves nothing behind but perhaps an answer. */
export function isNothing({ ops, meta, messages, internal, highlights, end }: Effect): boolean {
  return ops.length + meta.length + messages.length === 0 && internal === undefined && highlights === undefined && end === undefined;
}

/** A command that ran, was refused, or whose handler failed (a bug of the definition, with its error). In the last two nothing changed. */
export type Run =
  | { readonly kind: 'accepted'; readonly effect: Effect }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Everything that a handler's run depends on, besides the tree. */
export type RunFacts = {
  readonly definition: SessionDefinition;
  readonly actor: Actor;
  readonly session: SessionFacts;
  readonly seq: Seq;
  readonly now: number;
  /** Draws a fresh 128-bit seed; called only when the handler uses chance. */
  readonly drawSeed: () => string;
  /** Tells the chance of one run from that of another in the same event. */
  readonly chance?: string | undefined;
};

/** Validates the arguments and runs the handler on drafts of `tree`. Whatever goes wrong, the tree is as before. */
export function runCommand(tree: Tree, command: CommandDefinition, args: JsonValue, facts: RunFacts): Run {
  // A copy: what a handler does to its arguments must not reach the log, which keeps them as received.
  const checked = checkArguments(command, cloneJson(args));
  if (checked.kind !== 'ready') return checked;
  return runHandler(tree, (state, context) => command.handler(state, checked.value, context), facts);
}

/** Runs any handler on drafts of `tree`. */
export function runHandler(tree: Tree, handler: (state: object, context: CommandContext) => unknown, facts: RunFacts): Run {
  const state = startRecording(tree.state, {
    maxOps: facts.definition.limits.maxOpsPerCommand,
    maxBytes: facts.definition.limits.maxEventBytes,
  });
  const context = new RunningContext(tree, facts);
  try {
    const returned = handler(state.draft, context);
    if (isPromiseLike(returned)) throw new TypeError('The handler returned a promise; handlers are synchronous.');
    const result = returned === undefined ? undefined : copyJson(returned);
    const messages = context.finishMessages();
    const ops = state.finish();
    return { kind: 'accepted', effect: { ...context.finish(), ops, messages, result, seed: context.usedSeed } };
  } catch (error) {
    state.undo();
    context.undo();
    if (isRejection(error)) return { kind: 'refused', refusal: refuse('rejected', error.message, error.details) };
    return { kind: 'failed', error };
  }
}

type Checked = { readonly kind: 'ready'; readonly value: unknown } | Exclude<Run, { kind: 'accepted' }>;

function checkArguments(command: CommandDefinition, args: JsonValue): Checked {
  try {
    const checked = checkValue(command.schema, args);
    if (checked.ok) return { kind: 'ready', value: checked.value };
    return {
      kind: 'refused',
      refusal: refuse('invalid-arguments', argumentMessage(checked.issues), { issues: checked.issues.map((issue) => ({ ...issue })) }),
    };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

function argumentMessage(issues: readonly ValueIssue[]): string {
  const [first] = issues;
  if (first === undefined) return 'The arguments do not fit the command’s schema.';
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return `The arguments do not fit the command’s schema: ${first.path === '' ? '' : `${first.path}: `}${first.message}${more}`;
}

function isPromiseLike(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** The `ctx` of one run. */
class RunningContext implements CommandContext {
  readonly #facts: RunFacts;
  readonly #tree: Tree;
  #metaRecording: Recording<JsonObject> | undefined;
  #internalRecording: Recording<Internal> | undefined;
  readonly #messages: StoredMessage[] = [];
  #seed: string | undefined;
  #random: SeededRandom | undefined;
  #end: { readonly result: JsonValue | undefined } | undefined;
  readonly #highlights: StoredHighlight[] = [];

  constructor(tree: Tree, facts: RunFacts) {
    this.#tree = tree;
    this.#facts = facts;
    // Frozen objects are copied into the state: a handler that puts them there and changes them changes the state alone.
    Object.freeze(facts.actor);
    Object.freeze(facts.session);
  }

  get participant(): Actor {
    return this.#facts.actor;
  }

  get session(): SessionFacts {
    return this.#facts.session;
  }

  get seq(): Seq {
    return this.#facts.seq;
  }

  get now(): number {
    return this.#facts.now;
  }

  get random(): SeededRandom {
    if (this.#random === undefined) {
      this.#seed = this.#facts.drawSeed();
      this.#random = new SeededRandom(this.#seed + (this.#facts.chance ?? ''));
    }
    return this.#random;
  }

  /** The seed, where chance was used. */
  get usedSeed(): string | undefined {
    return this.#seed;
  }

  id(): string {
    return this.random.id();
  }

  send(name: string, payload: unknown, { to = 'all' }: { readonly to?: Recipients } = {}): void {
    const schemas = this.#facts.definition.messages;
    const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
    if (schema === undefined)
      throw new TypeError(`send: no message '${name}' is declared; declared: ${Object.keys(schemas).join(', ') || 'none'}`);
    const checked = checkValue(schema, payload);
    if (!checked.ok) throw new TypeError(`send('${name}'): the payload does not fit its schema: ${argumentMessage(checked.issues)}`);
    if (this.#messages.length >= MESSAGES_MOST) throw new RangeError(`send: more than ${MESSAGES_MOST} messages in one command`);
    const message = { name, payload: copyJson(checked.value ?? null) };
    this.#messages.push(to === 'all' ? message : { ...message, to: readRecipients(to, this.#facts.definition) });
  }

  reject(message: string, details?: JsonValue): never {
    throw new Rejection(message, details);
  }

  end(result?: JsonValue): void {
    this.#end = { result: result === undefined ? undefined : copyJson(result) };
  }

  schedule(afterMs: number, command: string, args: JsonValue = {}, { id }: { readonly id?: string } = {}): string {
    const { definition, now, seq } = this.#facts;
    return putTimer(this.#draftInternal(), definition, { afterMs, command, args: copyJson(args), id, now, seq });
  }

  cancel(id: string): boolean {
    return dropTimer(this.#draftInternal(), id);
  }

  highlight(text: string, data?: JsonValue): void {
    if (this.#highlights.length >= HIGHLIGHTS_PER_EVENT)
      throw new RangeError(`highlight: more than ${HIGHLIGHTS_PER_EVENT} highlights in one command`);
    this.#highlights.push(copyHighlight(text, data));
  }

  setMode(mode: string): void {
    const { modes } = this.#facts.definition;
    if (!Object.hasOwn(modes, mode))
      throw new TypeError(`setMode: there is no mode '${mode}'; legal: ${Object.keys(modes).join(', ') || 'none'}`);
    this.#draftMeta()['mode'] = mode;
  }

  finishMessages(): readonly StoredMessage[] {
    return this.#messages;
  }

  /** What the context was used for besides messages and chance. */
  finish(): Pick<Effect, 'meta' | 'internal' | 'highlights' | 'end'> {
    const meta = this.#metaRecording?.finish() ?? [];
    const internal = this.#internalRecording?.finish() ?? [];
    return {
      meta,
      ...(internal.length === 0 ? {} : { internal }),
      ...(this.#highlights.length === 0 ? {} : { highlights: this.#highlights }),
      ...(this.#end === undefined ? {} : { end: this.#end }),
    };
  }

  undo(): void {
    this.#metaRecording?.undo();
    this.#internalRecording?.undo();
  }

  #draftMeta(): JsonObject {
    this.#metaRecording ??= startRecording(this.#tree.meta);
    return this.#metaRecording.draft;
  }

  #draftInternal(): Internal {
    this.#internalRecording ??= startRecording(this.#tree.internal);
    return this.#internalRecording.draft;
  }
}
