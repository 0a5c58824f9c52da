/** What carries a connection: a WebSocket, or an event stream down and requests up. */
export type TransportName = 'websocket' | 'sse';

/** What may carry a connection. Without any word: both, WebSocket first. */
export type Transports = 'websocket-and-sse' | TransportName;

/** A WebSocket that brought nothing for so long is held up by something on the way, not refused by a server that restarts. */
const SLOW_MS = 2_000;
/** A server that takes no connection at the moment is not asked another way before the third time. */
const QUICK_FAILURES = 3;

/**
 * Which transport the next try takes: WebSocket, until it does not come through; then the other one, as long as that works.
 */
export class TransportChoice {
  #next: TransportName = 'websocket';
  #failures = 0;

  get next(): TransportName {
    return this.#next;
  }

  /** Something of the server came over it. */
  worked(): void {
    this.#failures = 0;
  }

  /** It ended before anything came, after so long. */
  failed(tookMs: number, webSocketEverWorked: boolean): void {
    if (this.#next === 'sse') return this.preferWebSocket();
    this.#failures += webSocketEverWorked && tookMs < SLOW_MS ? 1 : QUICK_FAILURES;
    if (this.#failures >= QUICK_FAILURES) this.#next = 'sse';
  }

  preferWebSocket(): void {
    this.#next = 'websocket';
    this.#failures = 0;
  }
}
