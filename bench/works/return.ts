import { isDeepStrictEqual } from 'node:util';
import type { Move } from '../control.ts';
import { pause } from '../crowd.ts';
import { tokenIds } from '../entities.ts';
import { Returner } from '../returner.ts';
import { Samples } from '../statistics.ts';
import type { System } from '../system.ts';
import type { Work } from '../work.ts';

const MISSED = 50;
const [DRAGGED = ''] = tokenIds(1);

/** One token is dragged over the board. */
function drag(from: number): Move[] {
  return Array.from({ length: MISSED }, (_, i) => ({ id: DRAGGED, x: from + i, y: 700 - i }));
}

class Found {
  readonly ms = new Samples();
  readonly bytes = new Samples();
  readonly welcome = new Samples();
  readonly tail = new Samples();
  readonly http = new Samples();
  wrong = 0;
}

/** The clients are cut off; each comes back alone, one after the other. */
async function comeBack(system: System, sessions: readonly string[], clients: readonly Returner[], found: Found): Promise<void> {
  const truths = await system.read(sessions);
  for (const [at, client] of clients.entries()) {
    await pause(20);
    const connectAt = performance.now();
    await client.come(system.port);
    found.ms.add(performance.now() - connectAt);
    const { welcome = 0, resumed = welcome, tail = 0, snapshot = 0 } = client.bytes;
    const payload = Object.values(client.bytes).reduce((sum, bytes) => sum + bytes, 0);
    const http = client.httpBytes;
    found.bytes.add(client.received - http);
    found.http.add(http);
    found.welcome.add(resumed);
    found.tail.add(tail + snapshot);
    // What else there is is the GM's alone.
    if (payload > client.received || !isDeepStrictEqual(client.state['tokens'], truths[at]?.state['tokens'])) found.wrong += 1;
  }
}

async function cutAndPlay(system: System, sessions: readonly string[], clients: readonly Returner[], from: number): Promise<void> {
  for (const client of clients) client.cut();
  await system.play(sessions, drag(from));
}

export const returning: Work = {
  name: 'return',
  title: 'cut, 50 updates of a session of 1,000 entities (200 kB) missed, back',
  metrics: [
    { name: 'bytes', label: 'bytes on the wire after the upgrade', digits: 0, wanted: 'least', target: 238 },
    { name: 'ms', label: 'connect to caught up, ms', digits: 2, wanted: 'least', target: 2.2 },
    { name: 'restartBytes', label: 'the same after a restart: bytes', digits: 0, wanted: 'least', target: 238 },
    { name: 'restartMs', label: 'the same after a restart, with the session to be woken: ms', digits: 2, wanted: 'least', target: 2.2 },
    { name: 'wrong', label: 'views that were not the log’s', digits: 0, wanted: 'least', target: 0 },
  ],
  async run({ start, short }) {
    const count = short ? 20 : 40;
    const rounds = short ? 2 : 4;
    let system = await start();
    const sessions = await system.createSessions(count, { tokens: 1000, rich: true });
    const [token = ''] = await system.tokens(['player']);
    const clients = sessions.map((session, as) => new Returner(system.side, { session, token, as }));
    for (const client of clients) await client.come(system.port);
    const live = new Found();
    for (let round = 0; round < rounds; round++) {
      await cutAndPlay(system, sessions, clients, 1 + round * MISSED);
      await comeBack(system, sessions, clients, round === 0 ? new Found() : live);
    }
    await cutAndPlay(system, sessions, clients, 1 + rounds * MISSED);
    await system.stop();
    system = await start({ keepData: true });
    const restarted = new Found();
    // The floor has forgotten everything: it begins with the same board.
    if (system.side === 'holdfast') await comeBack(system, sessions, clients, restarted);
    const fault = clients.find((client) => client.fault !== '')?.fault;
    for (const client of clients) client.cut();
    await system.stop();
    return {
      measures: {
        bytes: live.bytes.percentile(0.5),
        ms: live.ms.percentile(0.5),
        p99: live.ms.percentile(0.99),
        wrong: live.wrong + restarted.wrong,
        welcomeBytes: live.welcome.percentile(0.5),
        tailBytes: live.tail.percentile(0.5),
        httpBytes: live.http.percentile(0.5),
        ...(restarted.ms.count > 0 && {
          restartBytes: restarted.bytes.percentile(0.5),
          restartMs: restarted.ms.percentile(0.5),
          restartP99: restarted.ms.percentile(0.99),
          restartWelcomeBytes: restarted.welcome.percentile(0.5),
          restartTailBytes: restarted.tail.percentile(0.5),
        }),
      },
      warnings: fault === undefined ? [] : [fault],
    };
  },
};
