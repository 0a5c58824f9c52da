import type { ClientFrame, HelloFrame } from '../protocol/frames.ts';
import type { Random } from '../protocol/ports.ts';
import { backoffMs } from './backoff.ts';
import { HoldfastError } from './holdfast-error.ts';
import { Line, type LinePorts, type UsableFrame } from './line.ts';
import type { Logger } from './logger.ts';
import type { TokenSource } from './token-source.ts';
import type { OnWake } from './wake-adapter.ts';

/** Lasting this long proves a connection good: the next loss starts again with the shortest wait. */
const PROVEN_MS = 5_000;
/** More frames that make no sense than this within a minute end the session instead of trying for ever. */
const FAULTS_A_MINUTE = 5;

/** Where a session's connection stands. Times are the clock's wall-clock milliseconds. */
export type LinkState =
  | { readonly state: 'connecting'; readonly attempt: number; readonly error: HoldfastError | undefined }
  | { readonly state: 'live' }
  | { readonly state: 'waiting'; readonly attempt: number; readonly error: HoldfastError; readonly nextTryAt: number }
  | { readonly state: 'stopped'; readonly error: HoldfastError };

export type LinkPorts = LinePorts & {
  readonly random: Random;
  readonly logger: Logger;
  readonly tokens: TokenSource;
  readonly onWake: OnWake;
};

/** What the link needs from the session it serves. */
export interface LinkHost {
  /** The first frame of a new connection. */
  hello(token: string): HelloFrame;
  /** A frame came. What this throws counts as a fault of the frame. */
  receive(frame: UsableFrame): void;
  changed(state: LinkState): void;
  roundTrip(ms: number): void;
  /** The next `hello` must ask for a snapshot; `instance` too: and for a new instance. */
  startAfresh(what: 'position' | 'instance'): void;
}

/** Keeps one session connected: connects, notices loss, waits, tries again, and knows when to stop. */
export class SessionLink {
  readonly #ports: LinkPorts;
  readonly #host: LinkHost;
  readonly #url: string;
  readonly #stopWake: () => void;
  #state: LinkState = { state: 'connecting', attempt: 1, error: undefined };
  /** The last one; once it is over it stays silent. */
  #line: Line | undefined;
  #token = '';
  #renewed = false;
  #everLive = false;
  #liveAt = 0;
  /** Tries since the last time it was live, the next or present one included. */
  #attempt = 0;
  /** Losses and failed tries since the last connection that proved good; decides the wait. */
  #failures = 0;
  #faultTimes: number[] = [];
  #cancelWait: (() => void) | undefined;

  constructor(ports: LinkPorts, url: string, host: LinkHost) {
    this.#ports = ports;
    this.#url = url;
    this.#host = host;
    this.#stopWake = ports.onWake(() => this.tryNow());
  }

  get state(): LinkState {
    return this.#state;
  }

  start(): void {
    void this.#connect();
  }

  /** Frames are dropped unless the link is live: whoever sends repeats after `live` what still matters. */
  send(frame: ClientFrame): void {
    if (this.#state.state === 'live') this.#line?.send(frame);
  }

  /** Does not wait any longer when it is waiting. */
  tryNow(): void {
    if (this.#state.state === 'waiting') void this.#connect(this.#state.error);
  }

  /** Ends the connection for good. */
  stop(error: HoldfastError): void {
    if (this.#state.state === 'stopped') return;
    this.#stopWake();
    this.#cancelWait?.();
    this.#line?.close(1_000, error.code);
    this.#become({ state: 'stopped', error });
  }

  #become(state: LinkState): void {
    this.#state = state;
    this.#host.changed(state);
  }

  async #connect(error?: HoldfastError, askToken = () => this.#ports.tokens.get()): Promise<void> {
    this.#cancelWait?.();
    this.#attempt += 1;
    const connecting: LinkState = { state: 'connecting', attempt: this.#attempt, error };
    this.#become(connecting);
    try {
      this.#token = await askToken();
    } catch (cause) {
      if (this.#state === connecting)
        this.#wait(new HoldfastError('unavailable', 'The token function failed; it is asked again.', { cause }));
      return;
    }
    if (this.#state === connecting) this.#open();
  }

  #open(): void {
    try {
      this.#line = new Line(this.#ports, this.#url, this.#host.hello(this.#token), {
        frame: (frame) => this.#host.receive(frame),
        live: () => this.#live(),
        roundTrip: (ms) => this.#host.roundTrip(ms),
        down: (error, fault) => this.#down(error, fault),
      });
    } catch (cause) {
      this.stop(new HoldfastError('bad-request', `No connection to ${this.#url} is possible: ${String(cause)}`, { cause }));
    }
  }

  #live(): void {
    if (this.#state.state === 'live') return;
    this.#everLive = true;
    this.#attempt = 0;
    this.#renewed = false;
    this.#liveAt = this.#ports.clock.monotonic();
    this.#become({ state: 'live' });
    this.#line?.ping();
  }

  #down(error: HoldfastError, fault: unknown): void {
    const proven = this.#state.state === 'live' && this.#ports.clock.monotonic() - this.#liveAt >= PROVEN_MS;
    if (proven) this.#failures = 0;
    if (fault !== undefined) return this.#faulty(error, fault);
    // At a first join nobody waits for a seat unasked.
    if (error.then === 'stop' || (error.code === 'full' && !this.#everLive)) return this.stop(error);
    if (error.then === 'sign-in') return this.#signIn(error);
    if (error.then === 'reset') this.#host.startAfresh('instance');
    this.#wait(error);
  }

  #faulty(error: HoldfastError, fault: unknown): void {
    const now = this.#ports.clock.monotonic();
    this.#faultTimes = [...this.#faultTimes.filter((time) => now - time < 60_000), now];
    this.#ports.logger.error('Holdfast: a frame of the server made no sense; asking for a fresh snapshot', fault);
    if (this.#faultTimes.length > FAULTS_A_MINUTE) return this.stop(error);
    this.#host.startAfresh('position');
    this.#wait(error);
  }

  #signIn(error: HoldfastError): void {
    if (this.#renewed) return this.stop(error);
    this.#renewed = true;
    void this.#connect(error, async () => {
      const token = await this.#ports.tokens.renew(this.#token);
      if (token === undefined) this.stop(error);
      return token ?? '';
    });
  }

  #wait(error: HoldfastError): void {
    this.#failures += 1;
    const afterMs = Math.max(backoffMs(this.#failures, this.#ports.random), error.retryAfterMs ?? 0);
    const { clock } = this.#ports;
    this.#cancelWait = clock.startTimer(afterMs, () => void this.#connect(error));
    this.#become({ state: 'waiting', attempt: this.#attempt + 1, error, nextTryAt: clock.now() + afterMs });
  }
}
