import type { ConnectionCounts } from '../connection/connection-events.ts';
import type { Metric } from '../monitor/prometheus.ts';
import type { SessionCounts } from '../session/sessions.ts';

export type ProcessCounts = {
  readonly uptimeSeconds: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
};

function one(name: string, kind: Metric['kind'], help: string, value: number): Metric {
  return { name, kind, help, samples: [{ value }] };
}

/** `awake` and `connections` are of the moment; every other count of the sessions only grows. */
const GAUGES = new Set(['awake', 'connections', 'quarantined']);

function sessionMetric([name, value]: readonly [string, number]): Metric {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (GAUGES.has(name)) return one(`holdfast_sessions_${snake}`, 'gauge', `Sessions: ${name}, now.`, value);
  return one(`holdfast_sessions_${snake}_total`, 'counter', `Sessions: ${name}, since the start.`, value);
}

/** Everything that `/metrics` shows. Counts only, never content. */
export function serverMetrics(sessions: SessionCounts, connections: ConnectionCounts, ofProcess: ProcessCounts): Metric[] {
  const closed = Object.entries(connections.closedTotal).map(([reason, value]) => ({ labels: { reason }, value }));
  const turnedAway = Object.entries(connections.turnedAwayTotal).map(([reason, value]) => ({ labels: { reason }, value }));
  return [
    ...Object.entries(sessions).map(sessionMetric),
    one('holdfast_connections_open', 'gauge', 'Connections open now.', connections.open),
    one('holdfast_connections_live', 'gauge', 'Connections logged in now.', connections.live),
    one('holdfast_connections_kept', 'gauge', 'Lost connections whose place is kept now.', connections.kept),
    one('holdfast_connections_opened_total', 'counter', 'Transports opened since the start.', connections.openedTotal),
    { name: 'holdfast_connections_closed_total', kind: 'counter', help: 'Transports ended, by reason.', samples: closed },
    { name: 'holdfast_connections_turned_away_total', kind: 'counter', help: 'Transports turned away, by reason.', samples: turnedAway },
    one('holdfast_frames_received_total', 'counter', 'Frames received from clients.', connections.framesReceivedTotal),
    one('holdfast_writes_total', 'counter', 'Writes to clients.', connections.writesTotal),
    one('process_cpu_seconds_total', 'counter', 'CPU time of the process.', ofProcess.cpuSeconds),
    one('process_resident_memory_bytes', 'gauge', 'Memory of the process.', ofProcess.residentBytes),
    one('process_heap_bytes', 'gauge', 'JavaScript heap in use.', ofProcess.heapBytes),
    one('process_uptime_seconds', 'gauge', 'Seconds since the process began.', ofProcess.uptimeSeconds),
  ];
}
