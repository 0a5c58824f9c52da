import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { createServer, jwtAuth, sqliteStore, type Server, type SessionId } from 'holdfast/server';
import { growing } from './growing.ts';

export type { Measures } from '../work.ts';

/** What a scenario is started with, and where it puts its figures: the last line that it prints. */
export const dir = process.argv[2] ?? 'holdfast-data/bench/scale';
export const short = process.argv.includes('--short');

export function report(measures: Record<string, number>): void {
  console.log(JSON.stringify(measures));
}

export async function startServer(options: { readonly fresh?: boolean; readonly sleepAfterMs?: number } = {}): Promise<Server> {
  if (options.fresh !== false) rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const server = createServer({
    sessions: [growing],
    store: sqliteStore({ dir, durability: 'full' }),
    auth: jwtAuth({ secret: randomBytes(32).toString('base64url') }),
    host: '127.0.0.1',
    port: 0,
    logger: false,
    ...(options.sleepAfterMs === undefined ? {} : { sleepAfterMs: options.sleepAfterMs }),
  });
  await server.start();
  return server;
}

export async function createSession(server: Server): Promise<SessionId> {
  const created = await server.sessions.create({ type: growing.name, by: 'system', access: 'open' });
  if (!created.ok) throw new Error(created.message);
  return created.row.session;
}

export async function run(server: Server, session: SessionId, command: string, args: object = {}): Promise<void> {
  const outcome = await server.sessions.run(session, { as: 'system', command, args: args as Record<string, never> });
  if (!outcome.ok) throw new Error(`${command}: ${outcome.message}`);
}

/** Lets a session's state grow to about so many bytes of JSON. */
export async function grow(server: Server, session: SessionId, bytes: number): Promise<void> {
  for (let made = 0; made < bytes; made += 2_000 * 205) await run(server, session, 'grow', { count: 2_000 });
}

export type Watched<T> = {
  readonly value: T;
  /** Longest and 99th longest turns of the main loop: by the clock, and in time that the thread itself worked. */
  readonly loopMs: number;
  readonly loopP99Ms: number;
  readonly workMs: number;
  readonly workP99Ms: number;
  /** Command to durable in the session next door. */
  readonly echoMs: number;
  readonly echoP99Ms: number;
};

/** What the main loop and a session next door see while `work` goes on. On a busy machine the clock counts what others do, too. */
export async function watch<T>(server: Server, neighbour: SessionId, work: () => Promise<T>): Promise<Watched<T>> {
  const [loop, worked, echoes]: [number[], number[], number[]] = [[], [], []];
  let isOver = false;
  const turning = (async () => {
    let [at, cpu] = [performance.now(), cpuMs()];
    while (!isOver) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const [nowAt, nowCpu] = [performance.now(), cpuMs()];
      loop.push(nowAt - at - 1);
      worked.push(nowCpu - cpu);
      [at, cpu] = [nowAt, nowCpu];
    }
  })();
  const playing = (async () => {
    while (!isOver) {
      const began = performance.now();
      await run(server, neighbour, 'step');
      echoes.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  const value = await work();
  await new Promise((resolve) => setTimeout(resolve, 50));
  isOver = true;
  await Promise.all([turning, playing]);
  const [loopMs, workMs, echoMs] = [loop, worked, echoes].map((values) => Math.max(...values)) as [number, number, number];
  return {
    value,
    loopMs,
    workMs,
    echoMs,
    loopP99Ms: percentile(loop, 0.99),
    workP99Ms: percentile(worked, 0.99),
    echoP99Ms: percentile(echoes, 0.99),
  };
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
