import type { Metric } from '../monitor/prometheus.ts';
import type { BudgetCounts } from '../session/budget-report.ts';
import type { Overload } from './overload.ts';

/** What sessions use of the server, and how those that are awake are. */
export function budgetMetrics(counts: BudgetCounts | undefined): Metric[] {
  if (counts === undefined) return [];
  const { totals, crossings, refused, awake, memoryBytes } = counts;
  return [
    counter('holdfast_sessions_handler_seconds_total', 'Time of the main thread in handlers of commands.', totals.handlerMs / 1_000),
    counter('holdfast_sessions_cpu_seconds_total', 'Time of the main thread in sessions, their handlers included.', totals.cpuMs / 1_000),
    counter('holdfast_sessions_bytes_in_total', 'Bytes of commands from clients.', totals.bytesIn),
    counter('holdfast_sessions_bytes_out_total', 'Bytes for clients.', totals.bytesOut),
    counter('holdfast_budget_refused_total', 'Commands refused because their session was over its budget.', refused),
    {
      name: 'holdfast_budget_crossings_total',
      kind: 'counter',
      help: 'Limits of budgets that sessions rose above, by budget and level.',
      samples: [...crossings].map(([key, value]) => {
        const [budget = '', level = ''] = key.split(' ');
        return { labels: { budget, level }, value };
      }),
    },
    {
      name: 'holdfast_sessions_awake_health',
      kind: 'gauge',
      help: 'Sessions in memory by health: ok, degraded above a soft limit, throttled above a hard one.',
      samples: Object.entries(awake).map(([health, value]) => ({ labels: { health }, value })),
    },
    gauge('holdfast_sessions_memory_bytes', 'Heap that sessions hold, estimated.', memoryBytes),
  ];
}

/** How much the server has to do. `holdfast_load_ratio` is what an autoscaler follows. */
export function overloadMetrics(overload: Overload | undefined): Metric[] {
  if (overload === undefined) return [];
  const { uses } = overload;
  const limits = uses.flatMap(({ name: load, limit }) =>
    (['soft', 'hard'] as const).flatMap((level) => (limit[level] === null ? [] : [{ labels: { load, level }, value: limit[level] }])),
  );
  return [
    gauge(
      'holdfast_load_ratio',
      'The largest share of a hard limit of the server that is used: 1 where nothing new is taken.',
      overload.ratio,
    ),
    gauge('holdfast_overloaded', '1 while nothing new is taken.', overload.level === 'hard' ? 1 : 0),
    counter('holdfast_overload_turned_away_total', 'Creations and logins that were turned away.', overload.turnedAway),
    {
      name: 'holdfast_load',
      kind: 'gauge',
      help: 'What the server has, by kind.',
      samples: uses.map(({ name, value }) => ({ labels: { load: name }, value })),
    },
    { name: 'holdfast_load_limit', kind: 'gauge', help: 'What the server may have, by kind.', samples: limits },
  ];
}

function counter(name: string, help: string, value: number): Metric {
  return { name, kind: 'counter', help, samples: [{ value }] };
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, kind: 'gauge', help, samples: [{ value }] };
}
