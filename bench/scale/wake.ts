import { performance } from 'node:perf_hooks';
import { createSession, grow, report, run, short, startServer } from './scenario.ts';

/** Wakes a session of 100,000 events with a snapshot, and without any; then one whose state is large. */
const measures: Record<string, number> = {};
const EVENTS = short ? 20_000 : 100_000;
let server = await startServer();
const session = await createSession(server);
await grow(server, session, 50_000);
const steps: Promise<void>[] = [];
for (let made = 0; made < EVENTS; made += 1) {
  steps.push(run(server, session, 'step'));
  if (steps.length === 500) await Promise.all(steps.splice(0));
}
await server.sessions.snapshot(session);
await server.stop();

async function wake(name: string, id: typeof session): Promise<void> {
  const began = performance.now();
  const found = await server.sessions.read(id, 'system');
  if (!found.ok) throw new Error(found.message);
  measures[`${name}Ms`] = performance.now() - began;
  const { recovery } = server.sessions.status(id);
  for (const [phase, ms] of Object.entries(recovery?.phases ?? {})) measures[`${name}.${phase}`] = ms;
  measures[`${name}.events`] = recovery?.events ?? 0;
}

server = await startServer({ fresh: false });
await wake('withSnapshot', session);
await server.stop();
const { DatabaseSync } = await import('node:sqlite');
const { dir } = await import('./scenario.ts');
const { readdirSync } = await import('node:fs');
const file = readdirSync(dir).find((name) => name.endsWith('.db') || name.endsWith('.sqlite')) ?? 'holdfast.db';
const db = new DatabaseSync(`${dir}/${file}`);
db.exec('DELETE FROM snapshots');
db.close();
server = await startServer({ fresh: false });
await wake('withoutSnapshot', session);
await server.stop();

if (!short) {
  server = await startServer();
  const large = await createSession(server);
  await grow(server, large, 50 * 2 ** 20);
  await server.sessions.snapshot(large);
  await server.stop();
  server = await startServer({ fresh: false });
  await wake('large', large);
  const { state } = (await server.sessions.read(large, 'system')) as unknown as { state: object };
  const began = performance.now();
  const text = JSON.stringify(state);
  measures['large.stringifyMs'] = performance.now() - began;
  measures['large.bytes'] = text.length;
  await server.stop();
}
report(measures);
