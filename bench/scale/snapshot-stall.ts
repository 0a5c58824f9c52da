import { performance } from 'node:perf_hooks';
import { createSession, grow, report, run, short, startServer, watch } from './scenario.ts';

/** Snapshots of states of 1, 10 and 50 MB: how long the main loop and a session next door wait for them. */
const measures: Record<string, number> = {};
for (const megabytes of process.env['MB'] ? [Number(process.env['MB'])] : short ? [1, 10] : [1, 10, 50]) {
  const server = await startServer();
  const [large, neighbour] = [await createSession(server), await createSession(server)];
  await grow(server, large, megabytes * 2 ** 20);
  const quiet = await watch(server, neighbour, () => new Promise((resolve) => setTimeout(resolve, 1_000)));
  // The first one begins with an empty tail, the second with the first one: both are watched.
  const loud = await watch(server, neighbour, async () => {
    const began = performance.now();
    for (let round = 0; round < 2; round += 1) {
      await run(server, large, 'step');
      const stored = await server.sessions.snapshot(large);
      if (!stored.ok) throw new Error(stored.message);
    }
    return (performance.now() - began) / 2;
  });
  measures[`tookMs${megabytes}`] = loud.value;
  for (const name of ['loopMs', 'loopP99Ms', 'workMs', 'workP99Ms', 'echoMs', 'echoP99Ms'] as const) {
    measures[`${name}${megabytes}`] = loud[name];
    measures[`${name}${megabytes}quiet`] = quiet[name];
  }
  await server.stop();
}
report(measures);
