import { performance } from 'node:perf_hooks';
import { inflateRawSync } from 'node:zlib';
import type { AckFrame, ErrorFrame, RejectFrame, SnapshotFrame, TailFrame, WelcomeFrame } from '../src/protocol/frames.ts';
import type { JsonObject } from '../src/protocol/json.ts';
import type { PresenceFrame } from '../src/protocol/presence.ts';
import { PROTOCOL_VERSION, WEBSOCKET_SUBPROTOCOL } from '../src/protocol/version.ts';
import { applyOps } from '../src/state/apply.ts';
import { LiveDecoder } from '../src/state/live-decoder.ts';
import type { Side } from './system.ts';
import { WireClient } from './wire-client.ts';

export type PlayerOptions = { readonly session: string; readonly token: string; readonly as: number; readonly role?: string | undefined };

type ServerObject = WelcomeFrame | SnapshotFrame | AckFrame | RejectFrame | ErrorFrame | TailFrame | PresenceFrame | { t: 'pong' };

const OPEN_BRACKET = 0x5b;
const SPACES_OF_UNANSWERED = 1024;

/** A raw client of one session: speaks frames, counts deliveries, and times the echo of its own commands. */
export class Player {
  /** Changes of other people's and own commands that reached this client: one per event, however they were framed. */
  deliveries = 0;
  /** Messages that carried them. */
  frames = 0;
  /** Refusals, frames out of order, unexpected closes. */
  faults = 0;
  fault = '';
  /** Codes of all refusals. */
  readonly refusals = new Set<string>();
  /** Number of the last command sent, and of the last whose echo came. */
  sent = 0;
  echoed = 0;
  /** The last seq covered by what arrived (ours only). */
  seq = 0;
  state: JsonObject = {};
  /** Called with the instant at which each own command was due when its echo arrives. */
  onEcho: ((dueAt: number, seq: number) => void) | undefined;
  /** Called with each presence frame. */
  onPresence: ((frame: Pick<PresenceFrame, 'people'>) => void) | undefined;
  /** Called with the last seq (the floor: number) that a delivery brought. */
  onDelivery: ((seq: number) => void) | undefined;
  /** Resolves when the first state is applied. */
  readonly joined: Promise<void>;
  readonly wire: WireClient;
  heartbeatMs = 0;
  readonly #side: Side;
  readonly #as: number;
  readonly #dueAt = new Float64Array(SPACES_OF_UNANSWERED);
  /** Acked commands whose event has not arrived yet: n and seq, in order. */
  readonly #acked: { n: number; seq: number }[] = [];
  #decoder = new LiveDecoder([0, 0]);
  #join: () => void = () => {};
  #refuse: (error: Error) => void = () => {};

  constructor(side: Side, port: number, options: PlayerOptions) {
    this.#side = side;
    this.#as = options.as;
    this.joined = new Promise((resolve, reject) => {
      this.#join = resolve;
      this.#refuse = reject;
    });
    const onFrame = side === 'floor' ? this.#onFloorFrame : this.#onFrame;
    this.wire =
      side === 'floor'
        ? new WireClient(port, '/', undefined, onFrame)
        : new WireClient(port, '/v1/connect', WEBSOCKET_SUBPROTOCOL, onFrame);
    const hello = {
      t: 'hello',
      version: PROTOCOL_VERSION,
      session: options.session,
      token: options.token,
      role: options.role,
      accept: ['deflate'],
      as: undefined as number | undefined,
    };
    if (side === 'floor') hello.as = options.as;
    this.wire.opened().then(
      () => this.wire.send(JSON.stringify(hello)),
      (error: unknown) => this.#refuse(error as Error),
    );
  }

  /** Commands sent whose echo has not come. */
  get unanswered(): number {
    return this.sent - this.echoed;
  }

  /** Sends a move, which must change something: an event with nothing to see is shown to nobody. `dueAt` is when the schedule wanted it sent. Returns its number. */
  move(id: string, x: number, y: number, dueAt: number = performance.now()): number {
    const n = (this.sent += 1);
    this.#dueAt[n % SPACES_OF_UNANSWERED] = dueAt;
    this.wire.send(`{"t":"command","n":${n},"low":${this.echoed + 1},"name":"move","args":{"id":"${id}","x":${x},"y":${y}}}`);
    return n;
  }

  /** Shows a cursor, whose place is the number of this move. */
  show(as: number, n: number): void {
    this.wire.send(`{"t":"presence","data":{"as":${as},"n":${n}}}`);
  }

  ping(): void {
    if (this.#side === 'holdfast') this.wire.send(`{"t":"ping","at":${Math.round(performance.now())}}`);
  }

  /** A move that also writes a text on the token. */
  write(id: string, x: number, y: number, text: string, dueAt: number = performance.now()): void {
    const n = (this.sent += 1);
    this.#dueAt[n % SPACES_OF_UNANSWERED] = dueAt;
    this.wire.send(JSON.stringify({ t: 'command', n, low: this.echoed + 1, name: 'write', args: { id, x, y, text } }));
  }

  /** Any command, whose answer is nobody's concern. */
  send(name: string, args: JsonObject): void {
    this.sent += 1;
    this.wire.send(JSON.stringify({ t: 'command', n: this.sent, low: this.sent, name, args }));
  }

  leave(): void {
    this.wire.destroy();
  }

  #echo(n: number, seq: number): void {
    this.echoed = n;
    this.onEcho?.(this.#dueAt[n % SPACES_OF_UNANSWERED] as number, seq);
  }

  readonly #onFloorFrame = (bytes: Buffer, start: number, end: number): void => {
    // {"t":"moved",...} is by far the most common; 'm' is at offset 6.
    if (bytes[start + 6] !== 0x6d) {
      const frame = JSON.parse(bytes.toString('utf8', start, end)) as { state: JsonObject } | PresenceFrame;
      if ('people' in frame) return this.onPresence?.(frame);
      this.state = frame.state;
      this.#join();
      return;
    }
    this.deliveries += 1;
    this.frames += 1;
    // The end is `,"by":<as>,"n":<n>}`.
    let at = end - 2;
    let n = 0;
    for (let unit = 1; isDigit(bytes[at]); at--, unit *= 10) n += ((bytes[at] as number) - 48) * unit;
    at -= 5;
    let by = 0;
    for (let unit = 1; isDigit(bytes[at]); at--, unit *= 10) by += ((bytes[at] as number) - 48) * unit;
    this.onDelivery?.(n);
    if (by === this.#as) this.#echo(n, n);
  };

  readonly #onFrame = (bytes: Buffer, start: number, end: number, binary: boolean): void => {
    if (!binary && bytes[start] === OPEN_BRACKET) {
      this.#onLive(bytes, start, end);
      return;
    }
    const text = binary ? inflateRawSync(bytes.subarray(start, end)).toString() : bytes.toString('utf8', start, end);
    this.#onObject(JSON.parse(text) as ServerObject);
  };

  #onLive(bytes: Buffer, start: number, end: number): void {
    const first = firstSeq(bytes, start);
    const last = lastSeq(bytes, start, end);
    // Between them may be events that nobody sees, such as logins.
    if (first <= this.seq) this.#blame(`frame from seq ${first} after seq ${this.seq}`);
    this.frames += 1;
    this.deliveries += last - first + 1;
    this.seq = last;
    this.onDelivery?.(last);
    for (let acked = this.#acked[0]; acked !== undefined && acked.seq <= last; acked = this.#acked[0]) {
      this.#acked.shift();
      this.#echo(acked.n, acked.seq);
    }
  }

  #onObject(frame: ServerObject): void {
    switch (frame.t) {
      case 'welcome':
        this.heartbeatMs = frame.heartbeatMs;
        return;
      case 'snapshot':
        this.seq = frame.position.seq;
        this.state = frame.state;
        this.#decoder = new LiveDecoder(frame.paths);
        return;
      case 'tail':
        // A joiner's snapshot may be a little old: the tail after it brings the rest and ends the joining.
        this.seq = frame.seq;
        this.#applyTail(frame);
        this.#join();
        return;
      case 'ack':
        if (frame.seq <= this.seq) this.#echo(frame.n, frame.seq);
        else this.#acked.push({ n: frame.n, seq: frame.seq });
        return;
      case 'presence':
        return this.onPresence?.(frame);
      case 'pong':
        return;
      case 'reject':
      case 'error':
        this.#blame(`${frame.code}: ${frame.message}`);
        if (frame.t === 'reject') {
          this.refusals.add(frame.code);
          this.echoed = frame.n;
        }
        this.#refuse(new Error(this.fault));
        return;
    }
  }

  #applyTail({ seq, paths, events }: TailFrame): void {
    const decoder = new LiveDecoder(paths ?? this.#decoder.table, seq, this.#decoder);
    for (const { state } of decoder.decode(events, { tail: true }).events) applyOps(this.state, state);
  }

  #blame(what: string): void {
    this.faults += 1;
    this.fault ||= what;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

/** The first element of a live frame: the seq of its first event. */
function firstSeq(bytes: Buffer, start: number): number {
  let seq = 0;
  for (let at = start + 1; isDigit(bytes[at]); at++) seq = seq * 10 + (bytes[at] as number) - 48;
  return seq;
}

/** The last seq of a live frame: its first element plus every later bare number on the top level. */
export function lastSeq(bytes: Buffer, start: number, end: number): number {
  let seq = 0;
  let depth = 0;
  for (let at = start + 1; at < end - 1; at++) {
    const byte = bytes[at] as number;
    if (byte === 0x22) {
      for (at += 1; bytes[at] !== 0x22; at++) if (bytes[at] === 0x5c) at += 1;
    } else if (byte === OPEN_BRACKET || byte === 0x7b) depth += 1;
    else if (byte === 0x5d || byte === 0x7d) depth -= 1;
    else if (depth === 0 && byte >= 48 && byte <= 57) {
      let step = 0;
      for (; isDigit(bytes[at]); at++) step = step * 10 + (bytes[at] as number) - 48;
      seq += step;
      at -= 1;
    }
  }
  return seq;
}
