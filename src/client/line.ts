import type {
  ClientFrame,
  ErrorFrame,
  HelloFrame,
  LiveFrame,
  PongFrame,
  ServerFrame,
  TailFrame,
  WelcomeFrame,
} from '../protocol/frames.ts';
import type { Clock } from '../protocol/ports.ts';
import { WEBSOCKET_SUBPROTOCOL } from '../protocol/version.ts';
import { FrameIntake } from './frame-intake.ts';
import { Heartbeat } from './heartbeat.ts';
import { errorOfClose, HoldfastError } from './holdfast-error.ts';
import { readFrame } from './read-frame.ts';
import type { OpenSocket, Socket } from './socket.ts';
import type { Unpack } from './unpack-adapter.ts';

/** From opening to the first state, a line may take this long. */
const LOGIN_MS = 10_000;

export type LinePorts = { readonly clock: Clock; readonly openSocket: OpenSocket; readonly unpack: Unpack | undefined };

/** A frame that says something of the session, not of its line. */
export type UsableFrame = Exclude<ServerFrame, ErrorFrame | PongFrame>;

export type LineEvents = {
  /** A frame came. What this throws counts as a fault of the frame. */
  frame(frame: UsableFrame): void;
  /** What the server sent reaches up to the present. May be said again. */
  live(): void;
  roundTrip(ms: number): void;
  /** The line is over; nothing comes after this. `fault` tells that the server's frames made no sense. */
  down(error: HoldfastError, fault?: unknown): void;
};

/** One connection from opening to its end. After `down` or `close` it stays silent, whatever its socket does. */
export class Line {
  readonly #clock: Clock;
  readonly #on: LineEvents;
  readonly #socket: Socket;
  readonly #intake: FrameIntake;
  #heartbeat: Heartbeat | undefined;
  readonly #cancelLogin: () => void;
  #over = false;

  constructor(ports: LinePorts, url: string, hello: HelloFrame, on: LineEvents) {
    this.#clock = ports.clock;
    this.#on = on;
    this.#intake = new FrameIntake(
      ports.unpack,
      (text) => this.#text(text),
      (error) => this.#fault(error),
    );
    this.#socket = ports.openSocket(url, WEBSOCKET_SUBPROTOCOL, {
      opened: () => this.send(hello),
      message: (data) => this.#intake.take(data),
      closed: (code, reason) => this.#intake.after(() => this.#down(errorOfClose(code, reason))),
    });
    this.#cancelLogin = ports.clock.startTimer(LOGIN_MS, () =>
      this.#down(new HoldfastError('unavailable', `The server did not answer within ${LOGIN_MS / 1_000} seconds.`)),
    );
  }

  send(frame: ClientFrame): void {
    if (!this.#over) this.#socket.send(JSON.stringify(frame));
  }

  /** Asks for a pong, from the welcome on. */
  ping(): void {
    this.#heartbeat?.ping();
  }

  /** Ends the line without `down`. */
  close(code?: number, reason?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelLogin();
    this.#heartbeat?.stop();
    this.#socket.close(code, reason);
  }

  #text(text: string): void {
    if (this.#over) return;
    this.#heartbeat?.heard();
    const frame = readFrame(text);
    if (!('t' in frame)) return this.#current(frame);
    switch (frame.t) {
      case 'error':
        return this.#down(new HoldfastError(frame.code, frame.message, frame));
      case 'welcome':
        return this.#welcome(frame);
      case 'pong':
        return this.#on.roundTrip(this.#clock.monotonic() - frame.at);
      case 'tail':
        return this.#current(frame);
      default:
        return this.#on.frame(frame);
    }
  }

  #welcome(frame: WelcomeFrame): void {
    this.#heartbeat?.stop();
    this.#heartbeat = new Heartbeat(this.#clock, frame.heartbeatMs, {
      ping: (at) => this.send({ t: 'ping', at }),
      dead: () => this.#down(new HoldfastError('timed-out', 'Nothing was heard from the server for too long.')),
    });
    this.#on.frame(frame);
  }

  /** A snapshot may be a little old: only the tail after it brings the head, and makes the line live. */
  #current(frame: TailFrame | LiveFrame): void {
    this.#on.frame(frame);
    if (this.#over) return;
    this.#cancelLogin();
    this.#on.live();
  }

  #fault(error: unknown): void {
    this.#down(new HoldfastError('bad-frame', 'The server sent something that this client could not read.', { cause: error }), error);
  }

  #down(error: HoldfastError, fault?: unknown): void {
    if (this.#over) return;
    this.close();
    this.#on.down(error, fault);
  }
}
