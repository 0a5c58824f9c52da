import { pause } from '../crowd.ts';
import type { Player } from '../player.ts';
import type { System } from '../system.ts';
import type { Work } from '../work.ts';

const SESSIONS = 1000;
const CONNECTIONS = 10_000;
const JOINING_AT_ONCE = 100;
const PING_MS = 15_000;

/** Joins players in turn to every session, each a person of its own there, until there are `most`. */
async function connect(
  system: System,
  sessions: readonly string[],
  tokens: readonly string[],
  players: Player[],
  most: number,
): Promise<void> {
  while (players.length < most) {
    const from = players.length;
    const group = Array.from({ length: Math.min(JOINING_AT_ONCE, most - from) }, (_, i) => {
      const at = from + i;
      return system.join(sessions[at % SESSIONS] as string, tokens[Math.floor(at / SESSIONS)] as string, at);
    });
    players.push(...(await Promise.all(group)));
  }
  await pause(500);
}

/** Every client says something once per heartbeat, as ours do, spread evenly. */
async function hold(players: readonly Player[], durationMs: number): Promise<void> {
  const startedAt = performance.now();
  for (let next = 0; performance.now() - startedAt < durationMs;) {
    const due = Math.floor(((performance.now() - startedAt) / PING_MS) * players.length);
    for (; next < due; next++) players[next % players.length]?.ping();
    await pause(20);
  }
}

export const connections: Work = {
  name: 'connections',
  title: '10,000 idle connections over 1,000 sessions, held',
  connections: CONNECTIONS + SESSIONS,
  metrics: [
    { name: 'kb', label: 'kB per connection', digits: 1, wanted: 'least', target: 12 },
    { name: 'cpu', label: 'CPU while held, % of a core', digits: 1, wanted: 'least' },
    { name: 'ended', label: 'connections that ended', digits: 0, wanted: 'least', target: 0 },
  ],
  async run({ start, short }) {
    const system = await start();
    const sessions = await system.createSessions(SESSIONS);
    const tokens = await system.tokens(Array.from({ length: CONNECTIONS / SESSIONS + 1 }, (_, i) => `idle${i}`));
    const players: Player[] = [];
    // The first of each session wakes it and warms up code, pools and heap that belong to no connection.
    await connect(system, sessions, tokens, players, SESSIONS);
    const before = await system.memory();
    const startedAt = performance.now();
    await connect(system, sessions, tokens, players, SESSIONS + CONNECTIONS);
    const joinMs = performance.now() - startedAt;
    const after = await system.memory();
    const from = await system.usage();
    // Whoever is silent for 37.5 s is cut off: longer than that shows that they are held.
    const heldMs = short ? 10_000 : 45_000;
    await hold(players, heldMs);
    const to = await system.usage();
    const ended = players.filter((player) => player.wire.closed).length;
    const fault = players.find((player) => player.fault !== '')?.fault;
    for (const player of players) player.leave();
    await system.stop();
    return {
      measures: { kb: (after - before) / CONNECTIONS / 1024, cpu: (to.cpuUs - from.cpuUs) / heldMs / 10, ended, joinMs },
      warnings: fault === undefined ? [] : [fault],
    };
  },
};
