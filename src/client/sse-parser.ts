/** One event of a server-sent event stream. `id` is the last one seen, as the standard has it. */
export type SseEvent = { readonly event: string; readonly data: string; readonly id: string };

/** Cuts a server-sent event stream into events, wherever its chunks happen to end (WHATWG HTML, 9.2.6). */
export class SseParser {
  readonly #onEvent: (event: SseEvent) => void;
  #rest = '';
  #event = '';
  #data: string[] = [];
  #id = '';

  constructor(onEvent: (event: SseEvent) => void) {
    this.#onEvent = onEvent;
  }

  push(chunk: string): void {
    this.#rest += chunk;
    // A CR at the very end may be the first half of CRLF: it waits for the next chunk.
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
  }

  #dispatch(): void {
    const event = { event: this.#event === '' ? 'message' : this.#event, data: this.#data.join('\n'), id: this.#id };
    const filled = this.#data.length > 0;
    this.#event = '';
    this.#data = [];
    if (filled) this.#onEvent(event);
  }
}
