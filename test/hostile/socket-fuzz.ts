import { connect, type Socket } from 'node:net';
import type { Session } from '../../src/client/index.ts';
import { createTestServer, type TestServer } from '../../src/testing/create-test-server.ts';
import { tinyTabletop } from '../../src/testing/tiny-tabletop.ts';
import { Dice } from './dice.ts';
import { leakIn } from './leaks.ts';
import { hostileRequest, routesIn, type Asking } from './requests.ts';
import { ATTACK_NAMES, attack, type Aim, type Attack } from './socket-bytes.ts';

/** Short, so that whoever is late is late soon. */
const LIMITS = {
  loginTimeoutMs: 600,
  heartbeatMs: 1_000,
  http: { headersTimeoutMs: 600, requestTimeoutMs: 1_200 },
  suspendAbove: 64 * 1024,
  maxSuspendedMs: 1_500,
  limits: { addressOpens: { perSecond: 1e9, burst: 1e9 } },
};
/** A connection that has not ended by then never ends: far beyond every limit, whatever the machine has to do. */
const NEVER_MS = 60_000;
/** After all kinds of attacks so many requests to routes follow, of any form. */
const REQUESTS_A_ROUND = 8;
const DEAF_MS = 400;
/** Most of an attack is waiting. */
const AT_ONCE = 1_000;
const SECRET = 'what-the-honest-table-keeps-to-itself';

export type SocketTally = {
  readonly counts: Map<string, number>;
  readonly wrong: { readonly unit: number; readonly what: string }[];
};

export function emptySocketTally(): SocketTally {
  return { counts: new Map(), wrong: [] };
}

/** A real server that listens, an honest player, and raw sockets that do to it what they like. */
export class SocketFuzz {
  readonly #seed: number;
  #live: TestServer | undefined;
  #honest: Session<typeof tinyTabletop> | undefined;
  #aim: Aim | undefined;
  #asking: Asking | undefined;
  #port = 0;
  #played = 0;
  readonly failures: string[] = [];

  constructor(seed: number) {
    this.#seed = seed;
  }

  async start(): Promise<this> {
    const keep = (fields: object, message: string): void => {
      const { err } = fields as { err?: unknown };
      this.failures.push(`${message}: ${err instanceof Error ? (err.stack ?? '') : JSON.stringify(fields)}`);
    };
    const nothing = (): void => undefined;
    const logger = { debug: nothing, info: nothing, warn: nothing, error: keep };
    const live = await createTestServer({ sessions: [tinyTabletop], logger, ...LIMITS });
    this.#live = live;
    const mira = await live.signIn('Mira', 'gm');
    const { id } = await mira.client.sessions.create('tabletop', { access: 'open' });
    this.#honest = await mira.client.join<typeof tinyTabletop>(id);
    await this.#honest.commands.hide({ key: 'vault', text: SECRET });
    const eve = await live.signIn('Eve');
    const { port, host } = new URL(live.url);
    this.#port = Number(port);
    this.#aim = { host, session: id, token: eve.token };
    const routes = routesIn(await (await fetch(`${live.url}/openapi.json`)).json());
    this.#asking = { routes, sessions: [id, 'A'.repeat(22)], names: ['1', 'eve'], credentials: [`Bearer ${eve.token}`, 'Bearer x'] };
    return this;
  }

  async stop(): Promise<void> {
    await this.#live?.stop();
  }

  /** Units `from` to `from + count - 1`, each one connection, so many at once. `done` is told of each. */
  async attackAll(from: number, count: number, tally: SocketTally, done: () => void = () => undefined): Promise<void> {
    let next = from;
    const work = async (): Promise<void> => {
      for (let unit = next++; unit < from + count; unit = next++) {
        const made = this.attackOf(unit);
        const what = await this.make(made, tally);
        if (what !== undefined) tally.wrong.push({ unit, what: `${made.name}: ${what}` });
        done();
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, work));
  }

  /** The attack of unit `unit`: one after the other all kinds there are, otherwise determined by chance. */
  attackOf(unit: number): Attack {
    if (this.#aim === undefined || this.#asking === undefined) throw new Error('start it first');
    const dice = new Dice(this.#seed ^ 0x61c88647, unit);
    const name = ATTACK_NAMES[unit % (ATTACK_NAMES.length + REQUESTS_A_ROUND)];
    return name === undefined ? requestAttack(this.#aim.host, this.#asking, dice) : attack(this.#aim, dice, name);
  }

  /** What is wrong with how one attack was met, if anything is. */
  async make(made: Attack, tally: SocketTally): Promise<string | undefined> {
    const met = await meet(this.#port, made);
    count(tally, `attack ${made.name}`);
    if (met.never) return `it never ended; it got ${JSON.stringify(met.got.slice(0, 300))}`;
    for (const [, status] of met.got.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
      count(tally, `status ${status}`);
      if (status === '500') return `status 500: ${met.got.slice(0, 600)}`;
    }
    for (const [, code] of met.got.matchAll(/"code":"([a-z-]+)"/g)) count(tally, `code ${code}`);
    return leakIn(met.got, [SECRET]);
  }

  /** Undefined, or what is wrong with the honest player, or with what is left. */
  async lookAround(): Promise<string | undefined> {
    const [failure] = this.failures;
    if (failure !== undefined) return failure;
    this.#played += 1;
    const played = this.#honest?.commands.moveToken({ id: 'mira', x: this.#played, y: 0 });
    if ((await Promise.race([played?.then(() => true), after(NEVER_MS)])) !== true) return 'the honest player got no answer';
    const { status } = await fetch(`http://127.0.0.1:${this.#port}/healthz`);
    return status === 200 ? undefined : `healthz answers ${status}`;
  }

  /** Waits until only the honest player is connected. The result is what is left after far too long. */
  async drained(): Promise<string | undefined> {
    const counts = () => this.#live?.server.connections.counts() ?? { open: 0, live: 0 };
    for (let tries = 0; tries < NEVER_MS / 100; tries += 1) {
      if (counts().open === 1 && counts().live === 1) return undefined;
      await after(100);
    }
    return `left behind: ${counts().open} open, ${counts().live} live connections`;
  }
}

/** A request to a route as `fuzz-routes` makes them, over a socket. */
function requestAttack(host: string, asking: Asking, dice: Dice): Attack {
  const { method, target, headers, body } = hostileRequest(asking, dice);
  const isChunked = dice.percent(30);
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  if (body !== undefined) lines.push(isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  const size = Buffer.from(`${(body ?? '').length.toString(16)}\r\n`);
  const chunks = body === undefined || body.length === 0 ? [] : [size, body, Buffer.from('\r\n')];
  const pieces = body === undefined ? [head] : isChunked ? [head, ...chunks, Buffer.from('0\r\n\r\n')] : [head, body];
  // A stream that was asked for well goes on.
  return { name: 'a request of any form', pieces, then: /watch|stream/.test(target) ? 'deaf' : 'wait' };
}

/** Sockets that this process holds, of either end. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

type Met = { readonly got: string; readonly never: boolean };

/** Writes the pieces one after the other, and waits for the end. */
function meet(port: number, { pieces, then }: Attack): Promise<Met> {
  const { promise, resolve } = Promise.withResolvers<Met>();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const got: Buffer[] = [];
  const never = setTimeout(() => {
    resolve({ got: textOf(got), never: true });
    socket.destroy();
  }, NEVER_MS);
  socket.on('error', () => undefined);
  socket.on('data', (data: Buffer) => got.push(data));
  // The server has ended its half: it must not need the other one.
  socket.on('end', () => void after(5).then(() => socket.destroy()));
  socket.on('close', () => {
    clearTimeout(never);
    resolve({ got: textOf(got), never: false });
  });
  if (then === 'deaf') socket.pause();
  socket.on('connect', () => void write(socket, pieces).then(() => finish(socket, then)));
  return promise;
}

async function write(socket: Socket, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    socket.write(piece);
    // Each piece arrives by itself.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function finish(socket: Socket, then: Attack['then']): Promise<void> {
  if (then === 'end') socket.end();
  else if (then === 'reset') socket.resetAndDestroy();
  else if (then === 'deaf') {
    await after(DEAF_MS);
    socket.destroy();
  }
}

function textOf(pieces: readonly Buffer[]): string {
  return Buffer.concat(pieces).toString('latin1');
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}

function count(tally: SocketTally, what: string): void {
  tally.counts.set(what, (tally.counts.get(what) ?? 0) + 1);
}
