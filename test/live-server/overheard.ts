import { inflateRawSync } from 'node:zlib';
import type { OpenSocket } from '../../src/client/socket.ts';
import { openWebSocket } from '../../src/client/web-socket-adapter.ts';

/** A client's network as a test sees it: keeps every byte that the server sent, and can cut the line. */
export class Overheard {
  /** Every message received, packed ones unpacked. */
  readonly received: string[] = [];
  #cut: () => void = () => {};

  readonly open: OpenSocket = (url, protocol, events) => {
    const socket = openWebSocket(url, protocol, {
      ...events,
      message: (data) => {
        this.received.push(typeof data === 'string' ? data : inflateRawSync(new Uint8Array(data)).toString());
        events.message(data);
      },
    });
    this.#cut = () => socket.close(3000, 'cut');
    return socket;
  };

  /** Ends the present connection, as a network that goes away. */
  cut(): void {
    this.#cut();
  }
}
