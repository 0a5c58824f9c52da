import { defineSession } from 'holdfast';
import { z } from 'zod';
import type { Entry } from '../live-server/ledger.ts';

/** Soon over, so that sweeps have something to do. */
const SOON_MS = 100;

const id = z.object({ id: z.string() });
type Tavern = { entries: Entry[]; secrets: Entry[]; counts: Record<string, number> };

/** Like the ledger, with what it has not: invitations, a GM who sees more, pauses, many snapshots. */
export const tavern = defineSession('tavern', {
  version: 1,
  messages: { appended: id },
  initial: (): Tavern => ({ entries: [], secrets: [], counts: {} }),
  visibility: { secrets: ['gm'] },
  limits: { snapshotEveryEvents: 25 },
  policies: { access: 'invite', presence: { graceMs: 50 } },
  listing: ({ entries }) => ({ entries: entries.length }),
  commands: (command) => ({
    append: command(id, (state, args, ctx) => {
      const entry: Entry = { id: args.id, by: ctx.participant.id, draw: ctx.random.int(1, 1_000_000_000) };
      state.entries.push(entry);
      state.counts[entry.by] = (state.counts[entry.by] ?? 0) + 1;
      if (ctx.participant.role === 'gm') state.secrets.push({ ...entry, id: `secret of ${args.id}` });
      ctx.send('appended', { id: args.id });
      return entry.draw;
    }),
  }),
});

/** Comes, is over, is put away and deleted. */
export const errand = defineSession('errand', {
  version: 1,
  initial: () => ({ done: false }),
  policies: { access: 'open', cleanup: { completedAfterMs: SOON_MS, deleteAfterMs: SOON_MS } },
  commands: {},
});
