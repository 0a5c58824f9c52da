import type { Metric } from '../monitor/prometheus.ts';
import type { SweepCounts } from '../session/sweeper.ts';
import type { WebhookCounts } from './webhook-deliverer.ts';
import type { StoreCounters } from '../store/store-removal.ts';

/** What is stored, and what became of the rest: created = live + archived + deleted. */
export function cleanupMetrics(stored: StoreCounters, { sweeps, failed, ...steps }: SweepCounts, webhooks: WebhookCounts): Metric[] {
  const { created, deleted, live, ended, archived } = stored;
  const samples = Object.entries({ live, ended, archived }).map(([state, value]) => ({ labels: { state }, value }));
  return [
    one('holdfast_stored_sessions_created_total', 'Sessions ever created in this store.', created),
    one('holdfast_stored_sessions_deleted_total', 'Sessions deleted from this store.', deleted),
    { name: 'holdfast_stored_sessions', kind: 'gauge', help: 'Sessions stored: live (ended ones among them), ended, archived.', samples },
    one('holdfast_sweeps_total', 'Sweeps since the start.', sweeps),
    one('holdfast_sweep_failures_total', 'Steps of cleanup that failed, to be tried again.', failed),
    {
      name: 'holdfast_sweep_steps_total',
      kind: 'counter',
      help: 'Steps of cleanup taken since the start.',
      samples: Object.entries(steps).map(([step, value]) => ({ labels: { step }, value })),
    },
    {
      name: 'holdfast_webhook_deliveries_total',
      kind: 'counter',
      help: 'Deliveries to webhooks since the start, by outcome.',
      samples: Object.entries(webhooks).map(([outcome, value]) => ({ labels: { outcome }, value })),
    },
  ];
}

function one(name: string, help: string, value: number): Metric {
  return { name, kind: 'counter', help, samples: [{ value }] };
}
