import { inflateRawSync } from 'node:zlib';
import { readFrame } from '../src/client/read-frame.ts';
import { SessionView } from '../src/client/session-view.ts';
import { CLIENT_POLICY, waitAfter } from '../src/connection/lifecycle-policy.ts';
import type { ErrorFrame, HelloFrame, ServerFrame } from '../src/protocol/frames.ts';
import type { JsonObject } from '../src/protocol/json.ts';
import { PROTOCOL_VERSION, WEBSOCKET_SUBPROTOCOL } from '../src/protocol/version.ts';
import { pause } from './crowd.ts';
import type { PlayerOptions } from './player.ts';
import type { Side } from './system.ts';
import { WireClient } from './wire-client.ts';

/** Bytes of payload received since the last transport was opened, by kind of frame. */
export type BytesByKind = Record<string, number>;

/**
 * A client that comes back: it keeps its view with the client library's own code, presents what that presents, and waits
 * between tries as that does. The transport under it is the bare one of the bench.
 */
export class Returner {
  readonly view = new SessionView();
  wire: WireClient | undefined;
  bytes: BytesByKind = {};
  /** Transports opened, and those that were refused or did not come through. */
  tries = 0;
  failures = 0;
  lastFailure = '';
  /** How it was last brought to the head. */
  caughtUpBy: 'snapshot' | 'tail' | undefined;
  resumed = false;
  fault = '';
  /** Called when something of the session is in place. */
  onFrame: (() => void) | undefined;
  readonly #side: Side;
  readonly #options: PlayerOptions;
  #floorState: JsonObject = {};
  #back: Pick<HelloFrame, 'connection' | 'reconnect'> = {};
  #instance: string | undefined;
  #error: ErrorFrame | undefined;
  #arrive: () => void = () => {};
  #refuse: (error: Error) => void = () => {};

  constructor(side: Side, options: PlayerOptions) {
    this.#side = side;
    this.#options = options;
  }

  get state(): JsonObject {
    return this.#side === 'floor' ? this.#floorState : this.view.state;
  }

  /** Opens one transport; resolves once the state of the head is in place. */
  async come(port: number, bytesPerSecond?: number): Promise<void> {
    this.tries += 1;
    this.bytes = {};
    this.#error = undefined;
    this.caughtUpBy = undefined;
    const isFloor = this.#side === 'floor';
    const arrived = new Promise<void>((resolve, reject) => {
      this.#arrive = resolve;
      this.#refuse = reject;
    });
    const wire = new WireClient(
      port,
      isFloor ? '/' : '/v1/connect',
      isFloor ? undefined : WEBSOCKET_SUBPROTOCOL,
      (bytes, start, end, binary) => this.wire === wire && this.#take(bytes, start, end, binary),
      bytesPerSecond,
    );
    this.wire = wire;
    wire.onEnd = () => this.#refuse(new Error(wire.closeReason));
    arrived.catch(() => {});
    await wire.opened();
    wire.send(JSON.stringify(isFloor ? { t: 'hello', session: this.#options.session, as: this.#options.as } : this.#hello()));
    await arrived;
  }

  /** Tries until it is there, with the pauses of the client library, or as long as the server asks for. */
  async comeBack(port: number): Promise<void> {
    for (let failures = 1; ; failures++) {
      // The loss was the first failure.
      const wait = waitAfter(failures, CLIENT_POLICY.backoff, Math.random());
      await pause(Math.max(wait, this.#error?.retryAfterMs ?? 0));
      try {
        return await this.come(port);
      } catch (error) {
        this.failures += 1;
        this.lastFailure = error instanceof Error ? error.message : String(error);
        this.wire?.destroy();
      }
    }
  }

  /** The network is gone without a word. */
  cut(): void {
    this.wire?.reset();
    this.wire = undefined;
  }

  /** All bytes of the last transport: the HTTP answer, frame headers and payloads. */
  get received(): number {
    return this.wire?.bytes ?? 0;
  }

  get httpBytes(): number {
    return this.wire?.httpBytes ?? 0;
  }

  #hello(): object {
    const { session, token } = this.#options;
    return {
      t: 'hello',
      version: PROTOCOL_VERSION,
      session,
      token,
      ...(this.#instance !== undefined && { ...this.#back, instance: this.#instance, lowest: 1 }),
      ...this.view.place,
      accept: ['deflate'],
    };
  }

  #take(bytes: Buffer, start: number, end: number, binary: boolean): void {
    const text = binary ? inflateRawSync(bytes.subarray(start, end)).toString() : bytes.toString('utf8', start, end);
    try {
      if (this.#side === 'floor') this.#takeFloor(text, end - start);
      else this.#takeFrame(readFrame(text), end - start);
    } catch (error) {
      this.fault ||= String(error);
    }
    this.onFrame?.();
  }

  #takeFloor(text: string, length: number): void {
    const frame = JSON.parse(text) as { t: string; state?: JsonObject; id: string; x: number; y: number };
    this.bytes[frame.t] = (this.bytes[frame.t] ?? 0) + length;
    if (frame.state !== undefined) {
      this.#floorState = frame.state;
      this.#arrive();
      return;
    }
    const tokens = this.#floorState['tokens'] as Record<string, JsonObject>;
    tokens[frame.id] = { ...tokens[frame.id], x: frame.x, y: frame.y };
  }

  #takeFrame(frame: ServerFrame, length: number): void {
    const kind = 't' in frame ? frame.t : 'live';
    this.bytes[kind] = (this.bytes[kind] ?? 0) + length;
    if (!('t' in frame)) return void this.view.takeLive(frame);
    switch (frame.t) {
      case 'welcome':
        this.resumed = frame.resumed;
        this.#back = { connection: frame.connection, reconnect: frame.reconnect };
        this.#instance = frame.instance;
        return this.view.expectTag(frame.tag);
      case 'resumed':
        this.resumed = true;
        this.#back = { ...this.#back, reconnect: frame.reconnect };
        return this.view.expectTag(frame.tag);
      case 'snapshot':
        this.view.takeSnapshot(frame);
        this.caughtUpBy = 'snapshot';
        return;
      case 'tail':
        this.view.takeTail(frame);
        this.caughtUpBy ??= 'tail';
        return this.#arrive();
      case 'error':
        this.#error = frame;
        return this.#refuse(new Error(frame.code));
      case 'check':
      case 'presence':
      case 'renewed':
      case 'pong':
      case 'ack':
      case 'reject':
        return;
    }
  }
}
