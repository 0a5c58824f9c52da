import type { Clock, Random } from '../protocol/ports.ts';
import type { LifecycleEffect, LifecycleEvent, News, Transition } from './lifecycle-events.ts';
import { CLIENT_POLICY, type ConnectionPolicy } from './lifecycle-policy.ts';
import { shiftTimes, type Cause, type ConnectionStatus } from './lifecycle-states.ts';
import { nextDue, startDialling, transition } from './lifecycle.ts';

/** The sending half of a transport that this end opened. */
export interface DialledWire {
  send(message: string): void;
  close(cause: Cause): void;
}

/** What the transport tells of itself, never before `open` has returned. */
export interface TransportEvents {
  opened(): void;
  message(text: string): void;
  /** It is gone, or could not be opened. */
  closed(cause?: Cause): void;
}

export type DiallerOptions = {
  readonly clock: Clock;
  readonly random: Random;
  /** Default `CLIENT_POLICY`. */
  readonly policy?: ConnectionPolicy | undefined;
  /** Opens a transport. */
  open(events: TransportEvents): DialledWire;
  /** Sends the login over a transport that has just opened. What comes of it is told by `accepted` or `refused`. */
  login(wire: DialledWire): void;
  receive(message: string): void;
  /** Asks the other end for a sign of life. */
  ping?(wire: DialledWire): void;
  /** Gets another credential; false when there is none. Without it a refused credential is refused for good. */
  renew?(): Promise<boolean>;
  /** The next login is that of a new client: what brings the old one back is to be forgotten. */
  forget?(): void;
  /** It is in another state now. */
  changed?(status: ConnectionStatus): void;
  news?(news: News, cause: Cause | undefined): void;
};

const GONE: Cause = { code: 'gone', message: 'The other end closed the connection or the network lost it.', then: 'reconnect' };

/** One connection at the end that opens it, and opens it again: whatever happens to its transports, it is one. Made by `dial`. */
export class Dialler {
  readonly #options: DiallerOptions;
  readonly #policy: ConnectionPolicy;
  readonly #events: LifecycleEvent[] = [];
  #status: ConnectionStatus;
  #wire: DialledWire | undefined;
  #isTelling = false;
  #timer: { readonly dueAt: number; readonly cancel: () => void } | undefined;

  constructor(options: DiallerOptions) {
    this.#options = options;
    this.#policy = options.policy ?? CLIENT_POLICY;
    const { status, effects } = startDialling(this.#now(), this.#policy);
    this.#status = status;
    this.#take({ status, effects });
    this.#arm();
  }

  /** Where it is in its life; times are wall-clock milliseconds. */
  get status(): ConnectionStatus {
    const { clock } = this.#options;
    return shiftTimes(this.#status, Math.round(clock.now() - clock.monotonic()));
  }

  /** Sends a message. False when nobody is logged in now: nothing is kept for later. */
  send(message: string): boolean {
    if (this.#status.state !== 'live' && this.#status.state !== 'suspect') return false;
    this.#wire?.send(message);
    return true;
  }

  /** The other end has accepted the login. */
  accepted(): void {
    this.#tell({ kind: 'login-accepted', at: this.#now(), transport: this.#status.transport });
  }

  /** The other end refused the login, or said why it closes. */
  refused(cause: Cause): void {
    this.#tell({ kind: 'transport-dropped', ...this.#failure(cause), transport: this.#status.transport });
  }

  /** Leaves for good. */
  leave(): void {
    this.#tell({ kind: 'leave-asked', at: this.#now() });
  }

  /** The network is back, or the page visible: trying now is worthwhile. */
  wake(): void {
    this.#tell({ kind: 'woken', at: this.#now() });
  }

  /** What an effect leads to may come back as an event at once: one after the other, never one inside the other. */
  #tell(event: LifecycleEvent): void {
    this.#events.push(event);
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        this.#take(transition(this.#status, next, this.#policy));
      }
    } finally {
      this.#isTelling = false;
    }
    this.#arm();
  }

  #take({ status, effects }: Transition): void {
    const before = this.#status;
    this.#status = status;
    if (status.state !== before.state) this.#options.changed?.(this.status);
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: LifecycleEffect): void {
    const { login, ping, forget, news } = this.#options;
    switch (effect.kind) {
      case 'open-transport':
        this.#wire = this.#options.open(this.#eventsOf(effect.transport));
        return;
      case 'close-transport':
        return this.#wire?.close(effect.cause);
      case 'present-login':
        return this.#presentLogin(effect.transport, login);
      case 'send-ping':
        return this.#wire === undefined ? undefined : ping?.(this.#wire);
      case 'renew-credential':
        return this.#renew();
      case 'start-afresh':
        return forget?.();
      case 'announce':
        return news?.(effect.news, effect.cause);
    }
  }

  #presentLogin(transport: number, login: DiallerOptions['login']): void {
    this.#tell({ kind: 'login-presented', at: this.#now(), transport });
    if (this.#wire !== undefined) login(this.#wire);
  }

  #eventsOf(transport: number): TransportEvents {
    return {
      opened: () => this.#tell({ kind: 'transport-opened', at: this.#now(), transport }),
      message: (text) => {
        if (transport !== this.#status.transport) return;
        this.#tell({ kind: 'heard', at: this.#now(), transport });
        this.#options.receive(text);
      },
      closed: (cause = GONE) => this.#tell({ kind: 'transport-closed', ...this.#failure(cause), transport }),
    };
  }

  #renew(): void {
    const renewing = this.#options.renew?.() ?? Promise.resolve(false);
    const failed: Cause = { code: 'unauthenticated', message: 'There is no other credential.', then: 'stop' };
    const tell = (isRenewed: boolean): void =>
      this.#tell(isRenewed ? { kind: 'credential-renewed', at: this.#now() } : { kind: 'credential-failed', ...this.#failure(failed) });
    renewing.then(tell, () => tell(false));
  }

  /** One timer at most. Where time matters only later than thought, the timer fires early, and is started again. */
  #arm(): void {
    const dueAt = nextDue(this.#status, this.#policy);
    if (dueAt !== undefined && this.#timer !== undefined && this.#timer.dueAt <= dueAt) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (dueAt === undefined) return;
    const cancel = this.#options.clock.startTimer(Math.max(0, dueAt - this.#now()), () => {
      this.#timer = undefined;
      this.#tell({ kind: 'time-passed', at: this.#now(), random: this.#chance() });
    });
    this.#timer = { dueAt, cancel };
  }

  #failure(cause: Cause): { at: number; random: number; cause: Cause } {
    return { at: this.#now(), random: this.#chance(), cause };
  }

  #chance(): number {
    const [high = 0, low = 0] = this.#options.random.bytes(2);
    return (high * 256 + low) / 65_536;
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }
}

/**
 * Opens a connection and keeps it: logs in, notices silence, and comes back after every loss, until it is left or ended.
 *
 * @example
 * const line = dial({ clock, random, open: openSocket, login: (wire) => wire.send('login mira'), receive: console.log });
 */
export function dial(options: DiallerOptions): Dialler {
  return new Dialler(options);
}
