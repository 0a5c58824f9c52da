import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createClient, type ClientOptions } from 'holdfast/client';
import { createServer, sqliteStore, type Server, type ServerOptions, type Store } from 'holdfast/server';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { ParticipantId, SessionId } from '../../src/protocol/ids.ts';
import { cleanUp } from '../live-server/clean-up.ts';
import { hastyClock } from '../live-server/hasty-clock.ts';
import { LogReplay } from '../live-server/log-replay.ts';
import { namesAuth } from '../live-server/names-auth.ts';
import { scratchDir } from '../live-server/scratch.ts';
import { openWebSocket } from '../../src/client/web-socket-adapter.ts';
import { boardWith, type board, type BoardPolicies } from './board.ts';
import type { Carrier } from './carriers.ts';
import { Ear } from './ear.ts';
import { tcpLine, type Line, type LineConnection } from './line.ts';
import { MemoryLine } from './memory-line.ts';
import { until } from './until.ts';
import { Watcher } from './watcher.ts';

/** How much faster than real time clients wait before they try again. */
const HASTE = 10;

export type LogLine = { readonly level: string; readonly fields: Readonly<Record<string, unknown>>; readonly message: string };
export type TableOptions = {
  readonly policies?: BoardPolicies;
  readonly server?: Partial<ServerOptions>;
  readonly seed?: number;
};

/** How a client joins: over a line that was prepared, listened to by an ear of its own, or with other options. */
export type Joining = Partial<ClientOptions> & { readonly line?: Line; readonly ear?: Ear };

/** One session of a real server on SQLite, reached over one transport through lines that a test breaks. */
export class Table {
  readonly dir: string;
  readonly carrier: Carrier;
  readonly log: LogLine[];
  readonly #t: TestContext;
  readonly #lines: Line[] = [];
  readonly #options: TableOptions;
  #id: SessionId;
  #server: Server;
  #store: Store;
  #count = 0;
  #isUp = true;
  /** Of the last server: nothing else may have taken it yet. */
  #port: number;

  private constructor(t: TestContext, options: TableOptions, start: Pick<Table, 'id' | 'dir' | 'carrier' | 'log' | 'server'> & Inner) {
    this.#id = start.id;
    this.dir = start.dir;
    this.carrier = start.carrier;
    this.log = start.log;
    this.#t = t;
    this.#options = options;
    this.#server = start.server;
    this.#store = start.store;
    this.#port = portOf(start.server);
  }

  static async set(t: TestContext, carrier: Carrier, options: TableOptions = {}): Promise<Table> {
    const dir = join(await scratchDir(t), 'data');
    const log: LogLine[] = [];
    const { server, store } = await startServer(dir, options, log);
    let stop = (): Promise<void> => server.stop();
    cleanUp(t, () => stop());
    const table = new Table(t, options, { id: await createBoard(server), dir, carrier, log, server, store });
    stop = () => table.stop();
    return table;
  }

  get id(): SessionId {
    return this.#id;
  }

  get server(): Server {
    return this.#server;
  }

  /** Those of everyone who ever joined. */
  get lines(): readonly Line[] {
    return this.#lines;
  }

  /** Everyone's, as far as they are open now. */
  get connections(): readonly LineConnection[] {
    return this.#lines.flatMap(({ connections }) => connections);
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    this.#isUp = false;
  }

  /** Starts the server again, on what lies in its directory now. */
  async start(policies = this.#options.policies): Promise<void> {
    const { server, store } = await startServer(this.dir, { ...this.#options, ...(policies && { policies }) }, this.log);
    this.#server = server;
    this.#store = store;
    this.#port = portOf(server);
    this.#isUp = true;
  }

  /** Everything that follows is about a new session. */
  async turnToNewSession(): Promise<void> {
    this.#id = await createBoard(this.#server);
  }

  /** Whether anything new comes through, for everyone. */
  set refusing(refusing: boolean) {
    for (const line of this.#lines) line.refusing = refusing;
  }

  /** Ends all connections. */
  cut(): void {
    for (const line of this.#lines) line.cut();
  }

  /** A line for one client to come. */
  async layLine(): Promise<Line> {
    const seed = (this.#options.seed ?? 1) + this.#lines.length;
    const isMemory = this.carrier === 'memory';
    const line = isMemory ? new MemoryLine(() => (this.#isUp ? this.#server : undefined), seed) : await tcpLine(() => this.#port, seed);
    this.#lines.push(line);
    cleanUp(this.#t, () => line.stop());
    return line;
  }

  /** Joins as a new client of that name. */
  async join(name: string, { line: laid, ear = new Ear(), ...options }: Joining = {}): Promise<Watcher> {
    const line = laid ?? (await this.layLine());
    const complaints: string[] = [];
    const complain = (message: string): void => void complaints.push(message);
    const client = createClient({
      ...transportOver(line, this.carrier, ear),
      token: name,
      clock: hastyClock(HASTE),
      logger: { warn: complain, error: complain },
      ...options,
    });
    cleanUp(this.#t, () => client.close());
    const session = await client.join<typeof board>(this.id);
    return new Watcher(name, session, { line, ear, complaints });
  }

  /** Says something as the host, `times` times. */
  say(times: number): Promise<void> {
    return this.#run(times, 'say', (n) => ({ id: `host-${n}` }));
  }

  /** Overwrites a note as the host, again and again: many events that leave little behind. */
  note(times: number, length = 10): Promise<void> {
    return this.#run(times, 'note', (n) => ({ key: `k${n % 3}`, text: String(n).padStart(length, '.') }));
  }

  /** Gives a participant another role. */
  giveRole(participant: string, role: string): Promise<void> {
    return this.#run(1, '@role', () => ({ participant, role }));
  }

  async #run(times: number, command: string, args: (n: number) => JsonObject): Promise<void> {
    const { sessions } = this.#server;
    const runs = Array.from({ length: times }, () => sessions.run(this.id, { as: 'system', command, args: args((this.#count += 1)) }));
    for (const run of await Promise.all(runs)) assert.ok(run.ok);
  }

  /** What the log alone says. */
  async replay(): Promise<LogReplay> {
    const replay = new LogReplay();
    replay.follow(await this.#store.read(this.id, 0, Number.MAX_SAFE_INTEGER));
    return replay;
  }

  async read(as: ParticipantId | 'system'): Promise<{ seq: number; meta: JsonObject; state: JsonObject }> {
    const read = await this.#server.sessions.read(this.id, as);
    assert.ok(read.ok);
    return { seq: read.position.seq, meta: read.meta, state: read.state };
  }

  /** Waits until `watchers` show what the server says they may see, and checks that with the log's own replay. */
  async agree(...watchers: readonly Watcher[]): Promise<LogReplay> {
    for (const { name, session } of watchers) {
      const view = await this.read(session.self.id);
      const wanted = JSON.stringify([view.meta, view.state]);
      await until(
        () => JSON.stringify([session.meta, session.state]) === wanted,
        `${name} sees what the server says`,
        () => ({
          status: session.status,
          seq: session.seq,
          wanted: wanted.slice(0, 1_500),
          shown: JSON.stringify([session.meta, session.state]).slice(0, 1_500),
        }),
      );
    }
    const replay = await this.replay();
    const whole = await this.read('system');
    assert.deepEqual([replay.meta, replay.state], [whole.meta, whole.state]);
    return replay;
  }
}

type Inner = { readonly store: Store };

/** What makes a client go over that line, and no other way. */
function transportOver(line: Line, carrier: Carrier, ear: Ear): Pick<ClientOptions, 'url' | 'transports' | 'webSocket' | 'fetch'> {
  if (line instanceof MemoryLine) return { url: 'http://memory.test', transports: 'websocket', webSocket: ear.at(line.open) };
  const url = `http://127.0.0.1:${line.port}`;
  return carrier === 'sse'
    ? { url, transports: 'sse', fetch: ear.fetch }
    : { url, transports: 'websocket', webSocket: ear.at(openWebSocket) };
}

async function startServer(
  dir: string,
  { policies, server: changes }: TableOptions,
  log: LogLine[],
): Promise<{ server: Server; store: Store }> {
  const store = sqliteStore({ dir });
  const keep =
    (level: string) =>
    (fields: object, message: string): void =>
      void log.push({ level, fields: { ...fields }, message });
  const logger = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
  const server = createServer({ sessions: [boardWith(policies ?? {})], store, auth: namesAuth, port: 0, logger, ...changes });
  await server.start();
  return { server, store };
}

async function createBoard(server: Server): Promise<SessionId> {
  const created = await server.sessions.create({ type: 'board', by: 'system', access: 'open' });
  assert.ok(created.ok);
  return created.row.session;
}

function portOf(server: Server): number {
  return Number(new URL(server.url).port);
}
