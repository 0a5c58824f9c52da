import { performance } from 'node:perf_hooks';
import type { SessionId } from 'holdfast/server';
import { createSession, percentile, report, run, short, startServer, watch } from './scenario.ts';

/** 10,000 sessions awake and playing at once: memory of each, command to durable, CPU. Run with --expose-gc. */
const SESSIONS = Number(process.env['SESSIONS'] ?? (short ? 2_000 : 10_000));
const RATE = 2_000;
const server = await startServer({ sleepAfterMs: 3_600_000 });
globalThis.gc?.();
const before = process.memoryUsage();
const ids: SessionId[] = [];
for (let made = 0; made < SESSIONS; made += 100) ids.push(...(await Promise.all(Array.from({ length: 100 }, () => createSession(server)))));
globalThis.gc?.();
const after = process.memoryUsage();
const took: number[] = [];
const seconds = short ? 5 : 15;
const [cpu, began] = [process.cpuUsage(), performance.now()];
const running: Promise<void>[] = [];
const watched = await watch(server, ids[0] as SessionId, async () => {
  for (let sent = 0; sent < RATE * seconds;) {
    // Each is due at its time, whatever came back.
    while (sent < RATE * seconds && began + (sent * 1_000) / RATE <= performance.now()) {
      const dueAt = began + (sent * 1_000) / RATE;
      running.push(run(server, ids[(sent * 7_919) % SESSIONS] as SessionId, 'step').then(() => void took.push(performance.now() - dueAt)));
      sent += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(running);
});
const used = process.cpuUsage(cpu);
report({
  sessions: SESSIONS,
  awake: server.sessions.counts().awake,
  heapKbEach: (after.heapUsed - before.heapUsed) / 1_024 / SESSIONS,
  rssKbEach: (after.rss - before.rss) / 1_024 / SESSIONS,
  commandsPerS: (RATE * seconds * 1_000) / (performance.now() - began),
  p50Ms: percentile(took, 0.5),
  p99Ms: percentile(took, 0.99),
  loopMs: watched.loopMs,
  workMs: watched.workMs,
  workP99Ms: watched.workP99Ms,
  cpuUsEach: (used.user + used.system) / (RATE * seconds),
});
await server.stop();
