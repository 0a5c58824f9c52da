import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Scope } from '../live-server/clean-up.ts';
import type { LiveServer } from '../live-server/live-server.ts';
import { prepareServer, scratchDir } from '../live-server/scratch.ts';
import { addressOf, Company, type Transport } from './rolling-restart-company.ts';

/** Commands acknowledged between two restarts. */
const BETWEEN = 60;
/** One restart in so many brings a new version of the definition. */
const DEPLOYS_ONE_IN = 3;

export type RollingCounts = { readonly 'restarts': number; readonly 'deploys': number; readonly 'commands acknowledged': number };

/** One server after another on the same data, each drained while everyone goes on writing. */
export class RollingRestarts {
  readonly #servers: [LiveServer, LiveServer];
  readonly #company: Company;
  #restarts = 0;
  #version = 1;

  private constructor(servers: [LiveServer, LiveServer], company: Company) {
    this.#servers = servers;
    this.#company = company;
  }

  static async begin(scope: Scope, transports: readonly Transport[], dir?: string): Promise<RollingRestarts> {
    const data = dir ?? join(await scratchDir(scope), 'data');
    const options = { main: new URL('./rolling-restart-server.ts', import.meta.url), standby: true };
    const servers: [LiveServer, LiveServer] = [await prepareServer(scope, data, options), await prepareServer(scope, data, options)];
    await servers[0].start();
    const proxy = await addressOf(scope, () => servers[0]);
    const company = await Company.join(scope, proxy.port, { id: await servers[0].createSession(), transports });
    company.startWriting();
    return new RollingRestarts(servers, company);
  }

  get counts(): RollingCounts {
    return { 'restarts': this.#restarts, 'deploys': this.#version - 1, 'commands acknowledged': this.#company.acked };
  }

  /** One restart under load. */
  async restart(): Promise<void> {
    await this.#company.writes(BETWEEN);
    assert.ok(this.#company.unanswered > 0, 'nothing was on its way');
    const [current, next] = this.#servers;
    this.#restarts += 1;
    if (this.#restarts % DEPLOYS_ONE_IN === 0) next.plan = { version: (this.#version += 1) };
    else next.plan = current.plan;
    await current.drain();
    this.#servers.reverse();
    await next.start();
  }

  /** Everything that was sent is done once and seen by all; nobody was seen to leave. */
  async end(): Promise<void> {
    await this.#company.finishWriting();
    const log = await this.#company.compare(await this.#servers[0].readLog(this.#company.sessionId, 0));
    for (const { name, attendance } of this.#company.members) assert.deepEqual(attendance, [], `${name} saw someone leave`);
    const migrated = log.commands.filter(({ command }) => command === '@migrate').length;
    assert.equal(migrated, this.#version - 1, 'each deploy migrates once');
    const notes = Object.entries(log.state['notes'] ?? {});
    const wanted = Array.from({ length: this.#version - 1 }, (_, index) => [`version ${index + 2}`, index + 1]);
    assert.deepEqual(notes, wanted);
    assert.equal(log.commands.filter(({ command }) => command === '@lost').length, 0);
  }
}
