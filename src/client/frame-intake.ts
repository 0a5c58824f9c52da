import type { Unpack } from './unpack-adapter.ts';

/**
 * Hands on what a connection receives as text, in the order in which it came: while a packed frame is being unpacked,
 * everything after it waits.
 */
export class FrameIntake {
  readonly #unpack: Unpack | undefined;
  readonly #onFault: (error: unknown) => void;
  readonly #onText: (text: string) => void;
  #jobs: (() => void | Promise<void>)[] = [];
  #busy = false;

  constructor(unpack: Unpack | undefined, onText: (text: string) => void, onFault: (error: unknown) => void) {
    this.#unpack = unpack;
    this.#onText = onText;
    this.#onFault = onFault;
  }

  take(data: string | ArrayBuffer): void {
    this.after(() => {
      const text = typeof data === 'string' ? data : this.#unpack?.(data);
      return text instanceof Promise ? text.then(this.#onText) : this.#onText(text ?? '');
    });
  }

  /** Does `job` once everything taken before has been handed on. */
  after(job: () => void | Promise<void>): void {
    this.#jobs.push(job);
    if (!this.#busy) this.#drain();
  }

  #drain(): void {
    this.#busy = true;
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      try {
        const later = job();
        if (later instanceof Promise) return void later.catch(this.#onFault).finally(() => this.#drain());
      } catch (error) {
        this.#onFault(error);
      }
    }
    this.#busy = false;
  }
}
