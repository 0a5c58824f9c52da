import type { ProcessCounts } from './metrics.ts';

/** What the operating system and the engine say of this process. */
export function readProcessCounts(): ProcessCounts {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return { uptimeSeconds: process.uptime(), cpuSeconds: (user + system) / 1e6, residentBytes: rss, heapBytes: heapUsed };
}
