import { connect } from 'node:net';
import {
  causeNamed,
  changePolicy,
  CLIENT_POLICY,
  dial,
  type ConnectionStatus,
  type DialledWire,
  type Dialler,
  type TransportEvents,
} from 'holdfast/connection';
import { systemPorts, type Ports } from './ports.ts';
import { readLines } from './read-lines.ts';

export type WriterOptions = {
  readonly port: number;
  readonly name: string;
  readonly secret: string;
  readonly ports?: Ports;
  /** What others write. */
  readonly heard: (line: string) => void;
  readonly changed?: (status: ConnectionStatus) => void;
};

/** Somebody who writes on the board: one connection, which comes back by itself. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #line: Dialler;
  #token = '';
  /** Under which id the board knows this connection. */
  id = '';

  constructor(options: WriterOptions) {
    this.#options = options;
    const { changed, ports = systemPorts } = options;
    this.#line = dial({
      ...ports,
      policy: changePolicy(CLIENT_POLICY, { heartbeatMs: 5_000 }),
      open: (events) => openSocket(options.port, events),
      login: (wire) => wire.send(`login ${options.name} ${options.secret} ${this.#token}`.trimEnd()),
      receive: (line) => this.#take(line),
      ping: (wire) => wire.send('ping'),
      forget: () => (this.#token = ''),
      changed: (status) => changed?.(status),
    });
  }

  get status(): ConnectionStatus {
    return this.#line.status;
  }

  /** False when there is no connection just now. */
  say(text: string): boolean {
    return this.#line.send(`say ${text}`);
  }

  leave(): void {
    this.#line.leave();
  }

  #take(line: string): void {
    const [word = '', ...rest] = line.split(' ');
    if (word === 'welcome') this.#welcome(rest);
    else if (word === 'error') this.#line.refused(causeNamed(rest[0] ?? '', rest.slice(2).join(' '), Number(rest[1])));
    else if (word === 'ping') this.#line.send('pong');
    else if (word !== 'pong') this.#options.heard(line);
  }

  #welcome([id = '', token = '']: string[]): void {
    this.id = id;
    this.#token = token;
    this.#line.accepted();
  }
}

function openSocket(port: number, events: TransportEvents): DialledWire {
  const socket = connect(port, '127.0.0.1', () => events.opened());
  readLines(socket, events.message, () => socket.destroy());
  socket.on('error', () => undefined);
  socket.on('close', () => events.closed());
  return {
    send: (line) => void socket.write(`${line}\n`),
    close({ code }) {
      if (code === 'left') socket.end('leave\n');
      else socket.destroy();
    },
  };
}
