import type { Clock } from '../protocol/ports.ts';
import type { OnInput } from './input-adapter.ts';

/** Notices when nobody does anything any more, and when somebody does. */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #idleAfterMs: number;
  readonly #tell: (idle: boolean) => void;
  readonly #stopInput: () => void;
  #idle = false;
  #inputAt: number;
  #toldAt: number;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, idleAfterMs: number, onInput: OnInput, tell: (idle: boolean) => void) {
    this.#clock = clock;
    this.#idleAfterMs = idleAfterMs;
    this.#tell = tell;
    this.#inputAt = this.#toldAt = clock.monotonic();
    let watched = false;
    this.#stopInput = onInput((what) => {
      watched = true;
      if (what === 'hidden') this.#say(true);
      else this.#input();
    });
    // Where nothing can be seen of a person, the server alone judges by what comes.
    if (watched) this.#wait();
  }

  stop(): void {
    this.#cancel();
    this.#stopInput();
  }

  #input(): void {
    this.#inputAt = this.#clock.monotonic();
    // Now and then the server wants to hear of someone who only reads.
    if (this.#idle || this.#inputAt - this.#toldAt > this.#idleAfterMs / 2) this.#say(false);
  }

  #say(idle: boolean): void {
    if (idle && this.#idle) return;
    this.#idle = idle;
    this.#toldAt = this.#clock.monotonic();
    this.#tell(idle);
    if (!idle) this.#wait();
  }

  #wait(): void {
    this.#cancel();
    this.#cancel = this.#clock.startTimer(this.#inputAt + this.#idleAfterMs - this.#clock.monotonic(), () => {
      if (this.#clock.monotonic() - this.#inputAt >= this.#idleAfterMs) this.#say(true);
      else this.#wait();
    });
  }
}
