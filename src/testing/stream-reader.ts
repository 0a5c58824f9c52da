import { SseParser, type SseEvent } from '../client/sse-parser.ts';
import type { JsonObject } from '../protocol/json.ts';

/** Reads an answer of server-sent events, event by event. */
export class StreamReader {
  /** Everything as it came, comments included. */
  text = '';
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #events: SseEvent[] = [];
  readonly #parser = new SseParser((event) => this.#events.push(event));
  readonly #decoder = new TextDecoder();

  constructor(response: Response) {
    this.#reader = response.body?.getReader();
  }

  /** The next event; undefined once the stream has ended. */
  async next(): Promise<SseEvent | undefined> {
    while (this.#events.length === 0) if (!(await this.#read())) return undefined;
    return this.#events.shift();
  }

  /** The data of the next event, as the frame that it is. */
  async frame(): Promise<JsonObject> {
    const event = await this.next();
    if (event?.event !== 'message') throw new Error(`expected a frame, got ${event?.event ?? 'the end of the stream'}: ${event?.data}`);
    return JSON.parse(event.data) as JsonObject;
  }

  /** The next frame of that kind; `live` for an array. */
  async frameOf(kind: string): Promise<JsonObject> {
    for (let frame = await this.frame(); ; frame = await this.frame()) {
      if (Array.isArray(frame) ? kind === 'live' : frame['t'] === kind) return frame;
    }
  }

  /** Reads to the end: every event that was left. */
  async rest(): Promise<SseEvent[]> {
    const events: SseEvent[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next()) events.push(event);
    return events;
  }

  /** Reads until what came contains `part`. */
  async untilText(part: string): Promise<void> {
    while (!this.text.includes(part)) if (!(await this.#read())) throw new Error(`the stream ended before: ${part}`);
  }

  /** Hangs up. */
  async cancel(): Promise<void> {
    await this.#reader?.cancel();
  }

  async #read(): Promise<boolean> {
    const chunk = await this.#reader?.read();
    if (chunk?.value === undefined) return false;
    const text = this.#decoder.decode(chunk.value, { stream: true });
    this.text += text;
    this.#parser.push(text);
    return true;
  }
}
