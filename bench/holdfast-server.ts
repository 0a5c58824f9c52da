/** Holdfast as the bench measures it: SQLite at durability `full`, signed tokens, nothing switched off. */
import { createServer, jwtAuth, sqliteStore } from 'holdfast/server';
import type { SessionId } from '../src/protocol/ids.ts';
import { answerControl } from './control.ts';
import { bench, fresh, held, stale } from './definition.ts';

/** Sessions that are stored at the same time. */
const AT_ONCE = 1_000;
const auth = jwtAuth({ secret: process.env['BENCH_SECRET'] ?? '' });
const store = sqliteStore({ dir: process.env['BENCH_DIR'] ?? 'holdfast-data/bench', durability: 'full' });
const server = createServer({
  sessions: [bench, stale, fresh, held],
  store,
  auth,
  host: '127.0.0.1',
  port: Number(process.env['BENCH_PORT'] ?? 0),
  budgets: process.env['BENCH_BUDGETS'] !== 'off',
  logger: { level: 'warn' },
  sweepEveryMs: null,
});
await server.start();

answerControl(Number(new URL(server.url).port), {
  create: async (count, options) => {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      const created = await server.sessions.create({ type: 'bench', by: 'system', access: 'open', options });
      if (!created.ok) throw new Error(created.message);
      ids.push(created.row.session);
    }
    return ids;
  },
  tokens: (names) => Promise.all(names.map((name) => auth.issue({ sub: name, name }, 3600))),
  play: async (sessions, moves) => {
    for (const move of moves) {
      const made = await Promise.all(
        sessions.map((id) => server.sessions.run(id as SessionId, { as: 'system', command: 'move', args: move })),
      );
      for (const outcome of made) if (!outcome.ok) throw new Error(outcome.message);
    }
  },
  read: (sessions) =>
    Promise.all(
      sessions.map(async (id) => {
        const found = await server.sessions.read(id as SessionId, 'system');
        if (!found.ok) throw new Error(found.message);
        return { seq: found.position.seq, state: found.state };
      }),
    ),
  shelve: async (counts) => {
    for (const [type, count] of Object.entries(counts)) {
      for (let done = 0; done < count; done += AT_ONCE) {
        const many = Array.from({ length: Math.min(AT_ONCE, count - done) }, () => server.sessions.create({ type, by: 'system' }));
        for (const outcome of await Promise.all(many)) if (!outcome.ok) throw new Error(outcome.message);
      }
    }
  },
  sweep: async () => {
    const { tookMs, looked, steps } = await server.sessions.sweeper.sweep();
    const { created, ended } = await store.counters();
    return { tookMs, looked, steps, stored: created, ended };
  },
  stop: () => server.stop(),
});
