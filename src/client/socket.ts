/** What an open connection can do. Sending on a connection that is gone does nothing. */
export interface Socket {
  send(text: string): void;
  /** `code` 1000 or 3000 to 4999, as browsers allow. Idempotent. */
  close(code?: number, reason?: string): void;
}

/** What happens on a connection. `closed` comes last, exactly once, also when the connection could not be opened. */
export type SocketEvents = {
  opened(): void;
  message(data: string | ArrayBuffer): void;
  closed(code: number, reason: string): void;
};

/** Starts to open a connection; gives it back at once. */
export type OpenSocket = (url: string, protocol: string, events: SocketEvents) => Socket;
