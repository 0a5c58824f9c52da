import type { ClientFrame, ErrorFrame, LiveFrame, PongFrame, ServerFrame, TailFrame } from '../protocol/frames.ts';
import type { Clock } from '../protocol/ports.ts';
import { WEBSOCKET_SUBPROTOCOL } from '../protocol/version.ts';
import { FrameIntake } from './frame-intake.ts';
import { errorOfClose, HoldfastError } from './holdfast-error.ts';
import { readFrame } from './read-frame.ts';
import type { OpenSocket, Socket } from './socket.ts';
import type { Unpack } from './unpack-adapter.ts';

export type LinePorts = { readonly clock: Clock; readonly unpack: Unpack | undefined };

/** A frame that says something of the session, not of its line. */
export type UsableFrame = Exclude<ServerFrame, ErrorFrame | PongFrame>;

export type LineEvents = {
  opened(): void;
  /** Anything came. */
  heard(): void;
  /** A frame came. What this throws counts as a fault of the frame. */
  frame(frame: UsableFrame): void;
  /** What the server sent reaches up to the present. May be said again. */
  current(): void;
  pong(frame: PongFrame): void;
  /** The line is over; nothing comes after this. `fault` tells that the server's frames made no sense. */
  down(error: HoldfastError, fault?: unknown): void;
};

/** One transport from opening to its end. After `down` or `close` it stays silent, whatever its socket does. */
export class Line {
  readonly #clock: Clock;
  readonly #on: LineEvents;
  readonly #socket: Socket;
  readonly #intake: FrameIntake;
  #over = false;
  #rtt: number | undefined;

  constructor({ clock, unpack }: LinePorts, open: OpenSocket, url: string, on: LineEvents) {
    this.#clock = clock;
    this.#on = on;
    this.#intake = new FrameIntake(
      unpack,
      (text) => this.#text(text),
      (error) => this.#fault(error),
    );
    this.#socket = open(url, WEBSOCKET_SUBPROTOCOL, {
      opened: () => this.#over || on.opened(),
      message: (data) => this.#intake.take(data),
      closed: (code, reason) => this.#intake.after(() => this.#down(errorOfClose(code, reason))),
    });
  }

  send(frame: ClientFrame): void {
    if (!this.#over) this.#socket.send(JSON.stringify(frame));
  }

  /** Asks for a pong. */
  ping(): void {
    this.send({ t: 'ping', at: this.#clock.monotonic(), rtt: this.#rtt });
  }

  /** Ends the line without `down`. */
  close(code?: number, reason?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.close(code, reason);
  }

  #text(text: string): void {
    if (this.#over) return;
    this.#on.heard();
    const frame = readFrame(text);
    if (!('t' in frame)) return this.#current(frame);
    switch (frame.t) {
      case 'error':
        return this.#down(new HoldfastError(frame.code, frame.message, frame));
      case 'pong':
        return this.#pong(frame);
      case 'tail':
        return this.#current(frame);
      default:
        return this.#on.frame(frame);
    }
  }

  #pong(frame: PongFrame): void {
    const isFirst = this.#rtt === undefined;
    this.#rtt = Math.round(this.#clock.monotonic() - frame.at);
    this.#on.pong(frame);
    // The server learns how far away its peer is.
    if (isFirst) this.ping();
  }

  /** A snapshot may be a little old: only the tail after it brings the head. */
  #current(frame: TailFrame | LiveFrame): void {
    this.#on.frame(frame);
    if (!this.#over) this.#on.current();
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
