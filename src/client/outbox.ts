import type { AckFrame, CommandFrame, RejectFrame } from '../protocol/frames.ts';
import type { Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import { HoldfastError } from './holdfast-error.ts';

/** The server keeps the answers of so many numbers of one instance. */
const WINDOW = 32;

/** A command without an answer, and so without an effect in the state: `n` is its number in this instance. */
export type PendingCommand = { readonly n: number; readonly name: string; readonly args: JsonValue };

/** A command without an answer, as it is kept over a reload. */
export type KeptCommand = PendingCommand & { readonly basis: Seq; readonly sent: boolean };

type Entry = {
  n: number;
  readonly name: string;
  readonly args: JsonValue;
  /** What the sender had seen. */
  readonly basis: Seq;
  /** Ever sent under the present instance: from then on its outcome is the server's to say. */
  sent: boolean;
  resolve(result: JsonValue | undefined): void;
  reject(error: HoldfastError): void;
};

/**
 * The commands of one instance, numbered 1, 2, 3, ...: sent in order, at most 32 of them unanswered, kept while there is no
 * connection, sent again with the same numbers, and each settled exactly once.
 */
export class Outbox {
  /** Without an answer, in number order. */
  #entries: Entry[] = [];
  #next = 1;
  /** Everything below this number is on its way over the present connection. */
  #cursor = 1;
  #pending: readonly PendingCommand[] | undefined;

  add(name: string, args: JsonValue, basis: Seq): Promise<JsonValue | undefined> {
    return new Promise((resolve, reject) => {
      this.#entries.push({ n: this.#next, name, args, basis, sent: false, resolve, reject });
      this.#next += 1;
      this.#pending = undefined;
    });
  }

  /** Goes on with what an earlier page left. Nobody waits for these answers any more; their effects come with the state. */
  restore(next: number, commands: readonly KeptCommand[]): void {
    this.#next = next;
    this.#entries = commands.map((command) => ({ ...command, resolve: () => undefined, reject: () => undefined }));
  }

  /** What a later page needs to go on. */
  keep(): { readonly next: number; readonly commands: readonly KeptCommand[] } {
    return { next: this.#next, commands: this.#entries.map(({ n, name, args, basis, sent }) => ({ n, name, args, basis, sent })) };
  }

  /** Commands without an answer, in order. The same array as long as nothing changes. */
  get pending(): readonly PendingCommand[] {
    this.#pending ??= this.#entries.map(({ n, name, args }) => ({ n, name, args }));
    return this.#pending;
  }

  /** How many commands the server has not answered. */
  get unanswered(): number {
    return this.#entries.length;
  }

  /** The lowest number still unanswered; the next number to come when there is none. */
  get lowest(): number {
    return this.#entries[0]?.n ?? this.#next;
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
      if (entry.n < this.#cursor) continue;
      if (entry.n >= low + WINDOW) break;
      entry.sent = true;
      this.#cursor = entry.n + 1;
      frames.push({ t: 'command', n: entry.n, low, name: entry.name, args: entry.args, basis: entry.basis });
    }
    return frames;
  }

  /** The server settled a number. One that is not open is left alone: its answer came twice. */
  settle(answer: AckFrame | RejectFrame): void {
    for (const entry of this.#remove(({ n, sent }) => n === answer.n && sent)) {
      if (answer.t === 'ack') entry.resolve(answer.result);
      else entry.reject(new HoldfastError(answer.code, answer.message, answer));
    }
  }

  /**
   * The server issued a new instance. What was sent under the old one is refused, its outcome being unknown; what was not
   * is kept under new numbers that begin with `first`.
   */
  startInstance(first: number): void {
    this.#refuse(({ sent }) => sent, new HoldfastError('unknown-instance', 'The server no longer knows this client.'));
    this.#next = this.#cursor = first;
    for (const entry of this.#entries) {
      entry.n = this.#next;
      this.#next += 1;
      this.#pending = undefined;
    }
  }

  /** Nothing will be sent any more. */
  refuseAll(error: HoldfastError): void {
    this.#refuse(() => true, error);
  }

  #refuse(which: (entry: Entry) => boolean, error: HoldfastError): void {
    for (const entry of this.#remove(which)) entry.reject(withOutcome(error, entry.sent));
  }

  #remove(which: (entry: Entry) => boolean): readonly Entry[] {
    const gone = this.#entries.filter(which);
    if (gone.length === 0) return gone;
    this.#entries = this.#entries.filter((entry) => !which(entry));
    this.#pending = undefined;
    return gone;
  }
}

/** Says plainly what became of a command that got no answer. */
function withOutcome(error: HoldfastError, sent: boolean): HoldfastError {
  const outcome = sent ? 'unknown' : 'not-sent';
  const said = sent ? 'Whether this command ran is not known: look at the state before sending it again.' : 'This command was not sent.';
  return new HoldfastError(error.code, `${error.message} ${said}`, { details: { outcome }, cause: error });
}
