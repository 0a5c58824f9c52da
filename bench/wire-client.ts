import { createConnection, type Socket } from 'node:net';

/** Set by every client when it did something, so that the scheduler can tell work from waiting. */
export const activity = { worked: false };

/** One buffer for all sockets: a read and its callback are one synchronous step, and what must stay is copied. */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024);
const MASK = Buffer.from([0x5a, 0xc3, 0x17, 0x9e]);
const HEAD_END = Buffer.from('\r\n\r\n');

/** Called for each whole message: `start` and `end` bound the payload in `bytes`, which must not be kept. */
export type FrameHandler = (bytes: Buffer, start: number, end: number, binary: boolean) => void;

/**
 * A WebSocket client that does only what measuring needs: it masks what it sends, finds messages in what arrives without
 * copying, and counts every byte. It takes no extensions and no fragments. RFC 6455.
 */
export class WireClient {
  /** Bytes received, HTTP answer and frame headers included. */
  bytes = 0;
  /** Bytes of the HTTP answer to the upgrade alone. */
  httpBytes = 0;
  closed = false;
  closeReason = '';
  /** Called once, when it is over. */
  onEnd: (() => void) | undefined;
  readonly #socket: Socket;
  readonly #onFrame: FrameHandler;
  readonly #opened: Promise<void>;
  #open: () => void = () => {};
  #fail: (error: Error) => void = () => {};
  #upgraded = false;
  #rest: Buffer | undefined;
  readonly #bytesPerSecond: number | undefined;

  /** With `bytesPerSecond` it reads no faster than that. */
  constructor(port: number, path: string, protocol: string | undefined, onFrame: FrameHandler, bytesPerSecond?: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#onFrame = onFrame;
    this.#opened = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#fail = reject;
    });
    this.#socket = createConnection({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: bytesPerSecond === undefined ? READ_BUFFER : Buffer.allocUnsafeSlow(1024),
        callback: (count, buffer) => this.#read(buffer, count),
      },
    });
    this.#socket.on('connect', () => this.#socket.write(upgradeRequest(port, path, protocol)));
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', () => this.#end('closed'));
  }

  /** Resolves when the server has taken the upgrade. */
  opened(): Promise<void> {
    return this.#opened;
  }

  send(text: string): void {
    activity.worked = true;
    this.#socket.write(maskedFrame(0x81, Buffer.from(text)));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Forgets the socket without waiting for the other side, as a lost network does. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  #read(buffer: Uint8Array, count: number): boolean {
    activity.worked = true;
    this.bytes += count;
    const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, count);
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    const used = this.#upgraded ? 0 : this.#readHead(bytes);
    const taken = this.#upgraded ? this.#readFrames(bytes, used) : used;
    if (taken < bytes.length) this.#rest = Buffer.from(bytes.subarray(taken));
    if (this.#bytesPerSecond === undefined) return true;
    setTimeout(() => this.#socket.resume(), (1000 * count) / this.#bytesPerSecond);
    return false;
  }

  #readHead(bytes: Buffer): number {
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return 0;
    const status = bytes.toString('latin1', 0, Math.min(end, 64)).split('\r\n')[0] ?? '';
    if (!status.startsWith('HTTP/1.1 101')) {
      this.#end(`upgrade refused: ${status}`);
      return bytes.length;
    }
    this.#upgraded = true;
    this.httpBytes = end + HEAD_END.length;
    this.#open();
    return this.httpBytes;
  }

  /** Hands out every whole message from `at` on; says where the first incomplete one begins. */
  #readFrames(bytes: Buffer, from: number): number {
    let at = from;
    const limit = bytes.length;
    while (at + 2 <= limit) {
      const opcode = (bytes[at] as number) & 0x0f;
      let length = (bytes[at + 1] as number) & 0x7f;
      let start = at + 2;
      if (length === 126) {
        if (at + 4 > limit) break;
        length = bytes.readUInt16BE(at + 2);
        start = at + 4;
      } else if (length === 127) {
        if (at + 10 > limit) break;
        length = Number(bytes.readBigUInt64BE(at + 2));
        start = at + 10;
      }
      const end = start + length;
      if (end > limit) break;
      this.#take(opcode, bytes, start, end);
      at = end;
    }
    return at;
  }

  #take(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === 1 || opcode === 2) this.#onFrame(bytes, start, end, opcode === 2);
    else if (opcode === 9) this.#socket.write(maskedFrame(0x8a, Buffer.from(bytes.subarray(start, end))));
    else if (opcode === 8)
      this.closeReason ||= `${end - start >= 2 ? bytes.readUInt16BE(start) : 1005} ${bytes.toString('utf8', start + 2, end)}`;
    else if (opcode !== 10) throw new Error(`a frame with opcode ${opcode} was not expected`);
  }

  #end(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.closeReason ||= reason;
    this.#fail(new Error(this.closeReason));
    this.#opened.catch(() => {});
    this.onEnd?.();
  }
}

function upgradeRequest(port: number, path: string, protocol: string | undefined): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: aG9sZGZhc3QgYmVuY2ghIQ==',
  ];
  if (protocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The mask is fixed but not zero: the server has to do its unmasking. */
function maskedFrame(first: number, payload: Buffer): Buffer {
  const length = payload.length;
  const head = length < 126 ? 2 : 4;
  const frame = Buffer.allocUnsafe(head + 4 + length);
  frame[0] = first;
  if (length < 126) frame[1] = 0x80 | length;
  else {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  }
  MASK.copy(frame, head);
  const start = head + 4;
  for (let i = 0; i < length; i++) frame[start + i] = (payload[i] as number) ^ (MASK[i & 3] as number);
  return frame;
}
