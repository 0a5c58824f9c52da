import { isDeepStrictEqual } from 'node:util';
import { pause } from '../crowd.ts';
import type { Move } from '../control.ts';
import { tokenIds } from '../entities.ts';
import { Returner } from '../returner.ts';
import { Samples } from '../statistics.ts';
import type { System } from '../system.ts';
import type { Work } from '../work.ts';

const SESSIONS = 1000;
const EACH = 10;
const MISSED = 50;
const JOINING_AT_ONCE = 100;
const MOVERS = tokenIds(6);
/** Longest wait for everyone, and then for the last change. */
const PATIENCE_MS = 60_000;

const MISSED_MOVES: Move[] = Array.from({ length: MISSED }, (_, i) => ({
  id: MOVERS[i % MOVERS.length] as string,
  x: i + 1,
  y: 2 * i + 1,
}));
const LAST_MOVE: Move = { id: MOVERS[0] as string, x: -1, y: -1 };

async function gather(system: System, sessions: readonly string[], tokens: readonly string[]): Promise<Returner[]> {
  const clients = sessions.flatMap((session) => tokens.map((token, as) => new Returner(system.side, { session, token, as })));
  for (let at = 0; at < clients.length; at += JOINING_AT_ONCE) {
    await Promise.all(clients.slice(at, at + JOINING_AT_ONCE).map((client) => client.come(system.port)));
  }
  return clients;
}

/** A last change in every session shows who really is back: clients whose position or view is not that of the log. */
async function countDiffering(system: System, sessions: readonly string[], clients: readonly Returner[]): Promise<number> {
  await system.play(sessions, [LAST_MOVE]);
  const truths = await system.read(sessions);
  const differs = (client: Returner, at: number): boolean => {
    const truth = truths[Math.floor(at / EACH)];
    if (system.side === 'holdfast' && client.view.seq !== truth?.seq) return true;
    // What else there is is the GM's alone.
    return !isDeepStrictEqual(client.state['tokens'], truth?.state['tokens']);
  };
  const deadline = performance.now() + PATIENCE_MS;
  let differing = clients.length;
  while (differing > 0 && performance.now() < deadline) {
    await pause(100);
    differing = clients.filter(differs).length;
  }
  return differing;
}

export const massReturn: Work = {
  name: 'mass-return',
  title: '10,000 connections over 1,000 sessions cut at once, 50 events missed by each, the server killed and restarted',
  connections: SESSIONS * EACH,
  metrics: [
    { name: 'ms', label: 'kill to the last one caught up, ms', digits: 0, wanted: 'least', target: 10_000 },
    { name: 'p50', label: 'kill to caught up, p50 ms', digits: 0, wanted: 'least' },
    { name: 'memory', label: 'most memory meanwhile, by that before', digits: 2, wanted: 'least', target: 2 },
    { name: 'differing', label: 'clients whose position or view is not the log’s', digits: 0, wanted: 'least', target: 0 },
  ],
  async run({ start }) {
    const system = await start();
    const created = await system.createSessions(SESSIONS);
    const tokens = await system.tokens(Array.from({ length: EACH }, (_, i) => `player${i}`));
    const clients = await gather(system, created, tokens);
    const before = await system.memory();
    const peakBefore = await system.peakMemory();
    for (const client of clients) client.cut();
    await system.play(created, MISSED_MOVES);
    const { port } = system;
    await system.kill();
    const killedAt = performance.now();
    const took = new Samples();
    const returns = clients.map((client) => client.comeBack(port).then(() => took.add(performance.now() - killedAt)));
    const again = await start({ keepData: true, port });
    const upMs = performance.now() - killedAt;
    const usage = await again.usage();
    // The floor has forgotten everything.
    if (again.side === 'floor') await again.play(created, MISSED_MOVES);
    await Promise.race([Promise.all(returns), pause(PATIENCE_MS)]);
    const used = await again.usage();
    const peak = await again.peakMemory();
    const after = await again.memory();
    const differing = await countDiffering(again, created, clients);
    for (const client of clients) client.cut();
    await again.stop();
    const fault = clients.find((client) => client.fault !== '')?.fault;
    const absent = clients.length - took.count;
    return {
      measures: {
        ms: took.percentile(1),
        p50: took.percentile(0.5),
        memory: peak / before,
        differing,
        upMs,
        cpuMs: (used.cpuUs - usage.cpuUs) / 1000,
        beforeMb: before / 2 ** 20,
        peakBeforeMb: peakBefore / 2 ** 20,
        peakMb: peak / 2 ** 20,
        afterMb: after / 2 ** 20,
        resumed: clients.filter((client) => client.resumed).length,
        bySnapshot: clients.filter((client) => client.caughtUpBy === 'snapshot').length,
        failedTries: clients.reduce((sum, client) => sum + client.failures, 0),
      },
      warnings: [...(fault === undefined ? [] : [fault]), ...(absent > 0 ? [`${absent} did not come back`] : [])],
    };
  },
};
