import type { CommandFrame } from '../protocol/frames.ts';
import type { Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import { HoldfastError } from './holdfast-error.ts';

/** The server keeps the answers of so many numbers of one instance. */
const WINDOW = 32;

/** A command that has no visible effect yet: `n` is its number in this instance. */
export type PendingCommand = { readonly n: number; readonly name: string; readonly args: JsonValue };

/** How the server settled a command, with the seq that the client must have applied before it may say so. */
export type Answer = { readonly seq: Seq } & (
  | { readonly ok: true; readonly result: JsonValue | undefined }
  | { readonly ok: false; readonly error: HoldfastError }
);

type Entry = {
  n: number;
  readonly name: string;
  readonly args: JsonValue;
  /** Ever sent under the present instance: from then on its outcome is the server's to say. */
  sent: boolean;
  answer: Answer | undefined;
  resolve(result: JsonValue | undefined): void;
  reject(error: HoldfastError): void;
};

/**
 * The commands of one instance, numbered 1, 2, 3, ...: sent in order, at most 32 of them unanswered, kept while there is no
 * connection, sent again with the same numbers, and each settled exactly once.
 */
export class Outbox {
  /** In number order. Answered ones stay until what they did has been applied. */
  #entries: Entry[] = [];
  #next = 1;
  /** Everything below this number is on its way over the present connection. */
  #cursor = 1;
  #pending: readonly PendingCommand[] | undefined;

  add(name: string, args: JsonValue): Promise<JsonValue | undefined> {
    return new Promise((resolve, reject) => {
      this.#entries.push({ n: this.#next, name, args, sent: false, answer: undefined, resolve, reject });
      this.#next += 1;
      this.#pending = undefined;
    });
  }

  /** Commands not yet visible in the state, in order. The same array as long as nothing changes. */
  get pending(): readonly PendingCommand[] {
    this.#pending ??= this.#entries.map(({ n, name, args }) => ({ n, name, args }));
    return this.#pending;
  }

  /** How many commands the server has not answered. */
  get unanswered(): number {
    return this.#entries.reduce((count, entry) => count + (entry.answer === undefined ? 1 : 0), 0);
  }

  /** The lowest number still unanswered; the next number to come when there is none. */
  get lowest(): number {
    return this.#entries.find((entry) => entry.answer === undefined)?.n ?? this.#next;
  }

  /** A new connection: everything unanswered will be sent again. */
  rewind(): void {
    this.#cursor = this.lowest;
  }

  /** The frames that may be sent now, in order; they count as sent. */
  takeSendable(): CommandFrame[] {
    const low = this.lowest;
    const frames: CommandFrame[] = [];
    for (const entry of this.#entries) {
      if (entry.n < this.#cursor || entry.answer !== undefined) continue;
      if (entry.n >= low + WINDOW) break;
      entry.sent = true;
      this.#cursor = entry.n + 1;
      frames.push({ t: 'command', n: entry.n, low, name: entry.name, args: entry.args });
    }
    return frames;
  }

  /** The server settled a number. A number that is not open is left alone: its answer came twice. */
  answer(n: number, answer: Answer): void {
    const entry = this.#entries.find((one) => one.n === n && one.sent && one.answer === undefined);
    if (entry !== undefined) entry.answer = answer;
  }

  /** The highest seq that an answer still waits for, or undefined. */
  get awaitedSeq(): Seq | undefined {
    return this.#entries.reduce<Seq | undefined>(
      (most, { answer }) => (answer === undefined ? most : Math.max(most ?? 0, answer.seq)),
      undefined,
    );
  }

  /** Takes out every answered command whose seq is applied; calling the result tells their senders, in order. */
  takeApplied(seq: Seq): (() => void) | undefined {
    const done = this.#entries.filter(({ answer }) => answer !== undefined && answer.seq <= seq);
    if (done.length === 0) return undefined;
    this.#remove(new Set(done));
    return () => {
      for (const { answer, resolve, reject } of done) {
        if (answer?.ok === true) resolve(answer.result);
        else if (answer !== undefined) reject(answer.error);
      }
    };
  }

  /**
   * The server issued a new instance. What was sent under the old one is refused, its outcome being unknown; what was not
   * is kept under new numbers that begin with `first`.
   */
  startInstance(first: number): void {
    this.#refuse(
      (entry) => entry.sent && entry.answer === undefined,
      new HoldfastError('unknown-instance', 'The server no longer knows this client.'),
    );
    this.#next = first;
    for (const entry of this.#entries) {
      if (entry.answer !== undefined) continue;
      entry.n = this.#next;
      this.#next += 1;
    }
    this.#cursor = first;
    this.#pending = undefined;
  }

  /** The log went back to `seq`: what was promised after it may be gone. */
  refuseAwaited(seq: Seq): void {
    this.#refuse(
      (entry) => entry.answer !== undefined && entry.answer.seq > seq,
      new HoldfastError('internal', 'This was accepted, but the session went back to an earlier state.'),
    );
  }

  /** Nothing will be sent any more. */
  refuseAll(error: HoldfastError): void {
    this.#refuse(() => true, error);
  }

  #refuse(which: (entry: Entry) => boolean, error: HoldfastError): void {
    const refused = this.#entries.filter(which);
    this.#remove(new Set(refused));
    for (const entry of refused) entry.reject(withOutcome(error, entry.sent));
  }

  #remove(gone: ReadonlySet<Entry>): void {
    if (gone.size === 0) return;
    this.#entries = this.#entries.filter((entry) => !gone.has(entry));
    this.#pending = undefined;
  }
}

/** Says plainly what became of a command that got no answer. */
function withOutcome(error: HoldfastError, sent: boolean): HoldfastError {
  const outcome = sent ? 'unknown' : 'not-sent';
  const said = sent ? 'Whether this command ran is not known: look at the state before sending it again.' : 'This command was not sent.';
  return new HoldfastError(error.code, `${error.message} ${said}`, { details: { outcome }, cause: error });
}
