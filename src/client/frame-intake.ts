import type { Unpack } from './unpack-adapter.ts';

/**
 * Hands on what a connection receives as text, in the order in which it came: while a packed frame is being unpacked,
 * everything after it waits.
 */
export class FrameIntake {
  readonly #unpack: Unpack | undefined;
  readonly #onText: (text: string) => void;
  readonly #onFault: (error: unknown) => void;
  readonly #waiting: (() => void | Promise<void>)[] = [];
  #busy = false;

  constructor(unpack: Unpack | undefined, on: { text(text: string): void; fault(error: unknown): void }) {
    this.#unpack = unpack;
    this.#onText = on.text;
    this.#onFault = on.fault;
  }

  take(data: string | ArrayBuffer): void {
    this.#next(() => (typeof data === 'string' ? this.#onText(data) : this.#unpackThen(data)));
  }

  /** Does `fn` once everything taken before has been handed on. */
  end(fn: () => void): void {
    this.#next(fn);
  }

  #unpackThen(data: ArrayBuffer): void | Promise<void> {
    if (this.#unpack === undefined) throw new Error('a packed frame came, which was not asked for');
    const text = this.#unpack(data);
    if (typeof text === 'string') return this.#onText(text);
    return text.then(this.#onText);
  }

  #next(job: () => void | Promise<void>): void {
    this.#waiting.push(job);
    if (!this.#busy) this.#drain();
  }

  #drain(): void {
    this.#busy = true;
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) {
      const later = this.#run(job);
      if (later !== undefined) return void later.catch(this.#onFault).finally(() => this.#drain());
    }
    this.#busy = false;
  }

  #run(job: () => void | Promise<void>): Promise<void> | undefined {
    try {
      return job() ?? undefined;
    } catch (error) {
      this.#onFault(error);
      return undefined;
    }
  }
}
