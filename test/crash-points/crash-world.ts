import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { join } from 'node:path';
import type { Session } from 'holdfast/client';
import type { FaultProxy } from 'holdfast/testing';
import type { SessionId } from '../../src/protocol/ids.ts';
import { Errands } from '../kill/errands.ts';
import { Journal } from '../kill/journal.ts';
import { TavernTable } from '../kill/tavern-table.ts';
import { Timers } from '../kill/timers.ts';
import { cleanUp, type Scope } from '../live-server/clean-up.ts';
import { clientOf } from '../live-server/client-of.ts';
import type { ledger } from '../live-server/ledger.ts';
import type { LiveServer } from '../live-server/live-server.ts';
import { LogReplay } from '../live-server/log-replay.ts';
import { prepareServer, scratchDir } from '../live-server/scratch.ts';
import { addressOf, Company } from '../reconnect/rolling-restart-company.ts';
import { until } from '../reconnect/until.ts';
import { DEEDS, type Deed } from './deeds.ts';
import type { CrashPoint } from './points.ts';
import type { Aim } from './stepping.ts';

/** Commands acknowledged before a server is aimed at, and after it is back. */
const BETWEEN = 10;
const MAIN = new URL('./crash-server.ts', import.meta.url);

/** A server that ends where it is told to, with clients that play all the time, and all that else goes on in a server. */
export class CrashWorld {
  readonly server: LiveServer;
  readonly company: Company;
  readonly tavern: TavernTable;
  readonly timers: Timers;
  readonly errands: Errands;
  /** A session whose snapshot takes several parts. */
  readonly large: SessionId;
  /** One that is taken back. */
  damaged: SessionId;
  /** Someone who is to be erased. */
  person = '';
  readonly #timed: Session<typeof ledger>;
  readonly #proxy: FaultProxy;
  readonly #outside: Outside;
  readonly #aside: string;
  readonly #second: LiveServer;
  #people = 0;
  #version = 1;

  private constructor(made: Made) {
    this.server = made.server;
    this.#second = made.second;
    this.#aside = made.aside;
    this.#outside = made.outside;
    this.#proxy = made.proxy;
    this.company = made.company;
    this.tavern = made.tavern;
    this.#timed = made.timed;
    this.timers = new Timers(made.timed);
    this.errands = new Errands(made.server);
    this.large = made.large;
    this.damaged = made.large;
  }

  static async begin(scope: Scope, dir?: string): Promise<CrashWorld> {
    const aside = await scratchDir(scope);
    const outside = await Outside.listen(scope);
    const server = await prepareServer(scope, dir, { main: MAIN, standby: true });
    const second = await prepareServer(scope, join(aside, 'restored'), { main: MAIN });
    writeFileSync(join(aside, 'aim'), '');
    server.plan = second.plan = { aimFile: join(aside, 'aim'), webhook: outside.url, version: 1 };
    await server.start();
    const proxy = await addressOf(scope, () => server);
    const company = await Company.join(scope, proxy.port, {
      id: await server.createSession(),
      transports: ['websocket', 'sse', 'websocket'],
    });
    const tavern = await TavernTable.open(scope, server, new Journal());
    const timed = await clientOf(scope, server, 'ada').join<typeof ledger>(await server.createSession());
    return new CrashWorld({ server, second, aside, outside, proxy, company, tavern, timed, large: await server.createSession() });
  }

  /** Ends the server exactly there, starts it again and compares everything. Rejects with what is wrong. */
  async reach(point: CrashPoint): Promise<void> {
    const deed: Deed = DEEDS[point.deed];
    const target = point.deed === 'restore' ? this.#second : this.server;
    this.company.startWriting();
    await this.company.writes(BETWEEN);
    await deed.prepare?.(this);
    if (deed.whileStarting && target.running) await target.kill();
    const acting = this.#actAimed(point, deed, target);
    await until(
      () => this.#reached() === point.name && !target.running,
      `'${point.name}' is reached`,
      () => target.output.slice(-500),
    );
    this.#aim(undefined);
    await this.#startAgain(target);
    await acting;
    await this.#compare();
    await deed.check?.(this);
  }

  /** From now on the server has a later version of the game. */
  deployNext(): void {
    this.#version += 1;
    this.server.plan = { ...this.server.plan, version: this.#version };
  }

  async migratedOnce(): Promise<void> {
    const log = await this.#log(this.company.sessionId);
    assert.equal(log.commands.filter(({ command }) => command === '@migrate').length, this.#version - 1);
  }

  cutLines(): void {
    for (const connection of this.#proxy.connections) connection.reset();
  }

  async inTavern(act: (tavern: TavernTable) => Promise<void>): Promise<void> {
    await act(this.tavern);
  }

  async errandsAreRight(): Promise<void> {
    assert.deepEqual(await this.errands.faults(), []);
    assert.deepEqual(await this.errands.leftovers(), []);
  }

  async snapshotsAreIntact(): Promise<void> {
    for (const session of [this.large, this.company.sessionId]) {
      const snapshots = await this.server.ask<readonly { readonly intact: boolean }[]>({ ask: 'snapshots', session });
      assert.ok(snapshots.every(({ intact }) => intact));
    }
  }

  /** Everyone outside was told of all that was made. */
  async deliveredAll(): Promise<void> {
    await until(() => this.errands.made.every((session) => this.#outside.told.has(session)), 'all is delivered');
  }

  nextPerson(): string {
    return (this.person = `person${(this.#people += 1)}`);
  }

  /** A directory with what another database left there, to be filled from a backup. */
  async restoreFromBackup(): Promise<void> {
    const from = join(this.#aside, `backup-${(this.#people += 1)}.db`);
    await this.server.ask({ ask: 'backup', path: from });
    mkdirSync(this.#second.dir, { recursive: true });
    for (const name of ['holdfast.db-wal', 'head-record']) writeFileSync(join(this.#second.dir, name), 'of another database');
    this.#second.plan = { ...this.#second.plan, version: this.#version, restoreFrom: from };
  }

  /** All of the backup is there. */
  async restored(): Promise<void> {
    const log = new LogReplay();
    log.follow(await this.#second.readLog(this.company.sessionId, 0));
    assert.ok(log.seq > 0 && log.seq <= (await this.#log(this.company.sessionId)).seq);
    await this.#second.kill();
    rmSync(this.#second.dir, { recursive: true });
  }

  async #actAimed(point: CrashPoint, deed: Deed, target: LiveServer): Promise<void> {
    const { name, step, from, at } = point;
    this.#aim({ point: name, step, ...(from !== undefined && { from }), ...(at !== undefined && { at }) });
    try {
      if (deed.whileStarting) await target.start();
      await deed.act?.(this);
    } catch (error) {
      if (!/the server (ended|does not run)/.test(String(error))) throw error;
    }
  }

  /** A restore leaves no database or all of it: one that has none is asked for again. */
  async #startAgain(target: LiveServer): Promise<void> {
    if (target === this.#second && existsSync(join(target.dir, 'holdfast.db'))) {
      const { restoreFrom: _, ...plan } = target.plan;
      target.plan = plan;
    }
    await target.start();
  }

  async #compare(): Promise<void> {
    await this.company.writes(BETWEEN);
    await this.company.finishWriting();
    await this.company.compare(await this.server.readLog(this.company.sessionId, 0));
    const { crew } = this.tavern;
    const log = await this.#log(crew.sessionId);
    await crew.reach(log.shown);
    assert.deepEqual(this.tavern.faults(log), []);
    await this.timers.allCome();
    assert.deepEqual(this.timers.faults(this.#timed.state.entries), []);
  }

  async #log(session: SessionId): Promise<LogReplay> {
    const log = new LogReplay();
    log.follow(await this.server.readLog(session, 0));
    return log;
  }

  #aim(aim: Aim | undefined): void {
    writeFileSync(join(this.#aside, 'aim.reached'), '');
    writeFileSync(join(this.#aside, 'aim'), aim === undefined ? '' : JSON.stringify(aim));
  }

  #reached(): string {
    return readFileSync(join(this.#aside, 'aim.reached'), 'utf8');
  }
}

type Made = {
  readonly server: LiveServer;
  readonly second: LiveServer;
  readonly aside: string;
  readonly outside: Outside;
  readonly proxy: FaultProxy;
  readonly company: Company;
  readonly tavern: TavernTable;
  readonly timed: Session<typeof ledger>;
  readonly large: SessionId;
};

/** The receiver of webhooks. */
class Outside {
  /** Sessions that it was told of. */
  readonly told = new Set<string>();
  readonly #http: HttpServer;

  private constructor() {
    this.#http = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        this.told.add((JSON.parse(body) as { session: string }).session);
        response.end();
      });
    });
  }

  static async listen(scope: Scope): Promise<Outside> {
    const outside = new Outside();
    outside.#http.listen(0, '127.0.0.1');
    await once(outside.#http, 'listening');
    cleanUp(scope, () => {
      outside.#http.close();
      outside.#http.closeAllConnections();
    });
    return outside;
  }

  get url(): string {
    const address = this.#http.address();
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/` : assert.fail('it does not listen');
  }
}
