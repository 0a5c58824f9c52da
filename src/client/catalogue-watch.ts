import type { Clock } from '../protocol/ports.ts';
import type { HoldfastError } from './holdfast-error.ts';
import type { Http } from './http.ts';
import type { Logger } from './logger.ts';
import type { SessionFilter, SessionInfo } from './session-info.ts';
import { SessionList } from './session-list.ts';
import { SseParser, type SseEvent } from './sse-parser.ts';
import type { OnWake } from './wake-adapter.ts';

/** The server says something every 15 s at least; silence of twice that and more means a dead connection. */
const SILENCE_MS = 40_000;

/** Whether the list is kept up to date now, or as it was when the connection was lost. */
export type WatchState = 'live' | 'waiting';

/** Gets the whole list whenever it or the state changes; `error` says why it is waiting. */
export type WatchListener = (sessions: readonly SessionInfo[], state: WatchState, error?: HoldfastError) => void;

export type WatchPorts = {
  readonly clock: Clock;
  /** Milliseconds to wait after the given failure in a row. */
  readonly waitAfter: (failures: number) => number;
  readonly logger: Logger;
  readonly onWake: OnWake;
  /** The class of errors, shared with the client's core. */
  readonly Failure: typeof HoldfastError;
};

/** Keeps a filtered list of sessions up to date over an event stream that reconnects by itself. */
export class CatalogueWatch {
  readonly #ports: WatchPorts;
  readonly #http: Http;
  readonly #filter: SessionFilter;
  readonly #listener: WatchListener;
  readonly #list = new SessionList();
  readonly #stopWake: () => void;
  #afterRev: string | undefined;
  #failures = 0;
  #abort = new AbortController();
  #stopped = false;
  #endPause: (() => void) | undefined;
  #told: readonly SessionInfo[] | undefined;
  #toldState: WatchState | undefined;

  constructor(ports: WatchPorts, http: Http, filter: SessionFilter, listener: WatchListener) {
    this.#ports = ports;
    this.#http = http;
    this.#filter = filter;
    this.#listener = listener;
    this.#stopWake = ports.onWake(() => this.#endPause?.());
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#stopWake();
    this.#abort.abort();
    this.#endPause?.();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const error = await this.#follow();
      if (this.#stopped) return;
      this.#tell('waiting', error);
      if (error.then === 'stop' || error.then === 'sign-in') {
        this.#ports.logger.error('Holdfast: the list of sessions cannot be watched', error);
        return this.stop();
      }
      await this.#pause();
    }
  }

  /** Follows one stream to its end, and says how it ended. */
  async #follow(): Promise<HoldfastError> {
    this.#abort = new AbortController();
    try {
      const parameters = { ...this.#filter, afterRev: this.#afterRev };
      const response = await this.#http.open('sessions/watch', { parameters, signal: this.#abort.signal });
      if (response.body !== null) await this.#read(response.body.getReader());
      return new this.#ports.Failure('unavailable', 'The server closed the stream of the session list.');
    } catch (error) {
      return error instanceof this.#ports.Failure
        ? error
        : new this.#ports.Failure('unavailable', 'The stream of the session list broke.', { cause: error });
    }
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    const parser = new SseParser((event) => this.#take(event));
    for (;;) {
      const cancel = this.#ports.clock.startTimer(SILENCE_MS, () => this.#abort.abort());
      const part = await reader.read().finally(cancel);
      if (part.done || this.#stopped) return;
      parser.push(decoder.decode(part.value, { stream: true }));
      this.#failures = 0;
      this.#tell('live');
    }
  }

  #take({ event, data, id }: SseEvent): void {
    // The server's events are of the documented form.
    const value: unknown = JSON.parse(data);
    if (event === 'reset') this.#list.replace(Object(value).sessions);
    else if (event === 'change') this.#list.put(Object(value));
    else if (event === 'remove') this.#list.remove(Object(value).id);
    if (id !== '') this.#afterRev = id;
  }

  #tell(state: WatchState, error?: HoldfastError): void {
    const { all } = this.#list;
    if (this.#stopped || (all === this.#told && state === this.#toldState)) return;
    this.#told = all;
    this.#toldState = state;
    try {
      this.#listener(all, state, error);
    } catch (thrown) {
      this.#ports.logger.error('Holdfast: the listener of the session list threw', thrown);
    }
  }

  #pause(): Promise<void> {
    this.#failures += 1;
    return new Promise((resolve) => {
      const cancel = this.#ports.clock.startTimer(this.#ports.waitAfter(this.#failures), resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }
}
