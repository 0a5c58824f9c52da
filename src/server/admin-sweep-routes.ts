import { z } from 'zod';
import type { Outcome } from '../session/outcome.ts';
import type { Sessions } from '../session/sessions.ts';
import type { SweepReport } from '../session/sweeper.ts';
import type { Store } from '../store/store.ts';
import type { OperatorActs } from './operator-acts.ts';
import { defineRoute, operatorOf, type Route } from './route.ts';

export type AdminSweepRoutesOptions = {
  readonly sessions: () => Pick<Sessions, 'sweeper'>;
  readonly store: Pick<Store, 'counters'>;
  readonly acts: OperatorActs;
};

const steps = ['keep', 'warn', 'abandon', 'end', 'archive', 'delete'] as const;

const reportSchema = z.object({
  dryRun: z.boolean(),
  at: z.number().int(),
  tookMs: z.number(),
  looked: z.number().int().meta({ description: 'Sessions that were due.' }),
  steps: z.record(z.enum(steps), z.number().int()),
  failed: z.number().int().meta({ description: 'Steps that the next sweep tries again.' }),
  decisions: z.array(
    z.object({
      session: z.string(),
      type: z.string(),
      status: z.string(),
      step: z.enum(steps),
      why: z.string(),
      warnedAt: z.number().int().optional(),
      failure: z.string().optional(),
    }),
  ),
});

const EXAMPLE = {
  dryRun: true,
  at: 1_767_225_600_000,
  tookMs: 3.5,
  looked: 1,
  steps: { keep: 0, warn: 0, abandon: 0, end: 1, archive: 0, delete: 0 },
  failed: 0,
  decisions: [
    { session: 'Y5wq0p7Bv3kQ1x2cY5wq0p', type: 'tabletop', status: 'abandoned', step: 'end', why: 'abandoned for 26 h, grace 24 h' },
  ],
};

/** Cleanup, as operators see and start it. */
export function adminSweepRoutes(options: AdminSweepRoutesOptions): Route[] {
  return [previewRoute(options), sweepRoute(options), countsRoute(options)];
}

function previewRoute({ sessions, acts }: AdminSweepRoutesOptions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/admin/sweep',
    name: 'adminPreviewSweep',
    summary: 'What a sweep would do now, and why; the first 10,000 decisions. Changes nothing.',
    signIn: true,
    scope: 'read',
    answer: { status: 200, type: 'application/json', schema: reportSchema, example: EXAMPLE },
    errors: ['unavailable'],
    async handle({ operator }) {
      const work = () => reported(sessions().sweeper.sweep({ dryRun: true }));
      const looked = await acts.look(operatorOf(operator).id, { what: 'sweep-preview', session: null }, work);
      return looked.ok ? { ok: true, json: looked.report } : looked;
    },
  });
}

function sweepRoute({ sessions, acts }: AdminSweepRoutesOptions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/admin/sweep',
    name: 'adminSweep',
    summary: 'Cleans up now what is due. Answers when that is done.',
    signIn: true,
    scope: 'end',
    answer: { status: 200, type: 'application/json', schema: reportSchema, example: { ...EXAMPLE, dryRun: false } },
    errors: ['unavailable'],
    async handle({ operator }) {
      const swept = await acts.perform(operatorOf(operator).id, { what: 'sweep', session: null }, () =>
        reported(sessions().sweeper.sweep()),
      );
      return swept.ok ? { ok: true, json: swept.report } : swept;
    },
  });
}

function countsRoute({ store, acts }: AdminSweepRoutesOptions): Route {
  const count = z.number().int();
  return defineRoute({
    method: 'get',
    path: '/v1/admin/counts',
    name: 'adminCounts',
    summary: 'How many sessions there are, and were: created = live + archived + deleted. The log of the operators is one of them.',
    signIn: true,
    scope: 'read',
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ created: count, live: count, ended: count, archived: count, deleted: count }),
      example: { created: 12, live: 7, ended: 2, archived: 3, deleted: 2 },
    },
    errors: ['unavailable'],
    async handle({ operator }) {
      const work = async (): Promise<Outcome<{ counters: object }>> => ({ ok: true, counters: await store.counters() });
      const looked = await acts.look(operatorOf(operator).id, { what: 'counts', session: null }, work);
      return looked.ok ? { ok: true, json: looked.counters } : looked;
    },
  });
}

async function reported(sweep: Promise<SweepReport>): Promise<Outcome<{ report: SweepReport }>> {
  return { ok: true, report: await sweep };
}
