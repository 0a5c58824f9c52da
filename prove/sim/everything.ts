import { definePart, defineSession, type CommandContext } from 'holdfast';
import { z } from 'zod';
import { canary } from '../../src/testing/simulation/checks/index.ts';

/** A game that uses everything that a definition can: what the simulation plays. What it hides is marked with canaries. */

const key = z.string().min(1).max(12);
const text = z.string().max(300);

const dice = definePart({
  messages: { rolled: z.object({ by: z.string(), faces: z.array(z.number()) }) },
  initial: () => ({ rolls: [] as { by: string; faces: number[] }[], drawer: {} as Record<string, string> }),
  visibility: { drawer: ['gm'] },
  commands: (command) => ({
    roll: command(z.object({ count: z.int().min(1).max(5).default(2), sides: z.int().min(2).max(20) }), (state, { count, sides }, ctx) => {
      const faces = Array.from({ length: count }, () => ctx.random.int(1, sides));
      state.rolls.push({ by: ctx.participant.id, faces });
      if (state.rolls.length > 20) state.rolls.splice(0, state.rolls.length - 20);
      ctx.send('rolled', { by: ctx.participant.id, faces });
      return faces;
    }),
    stash: command(z.object({ key, text }), (state, { key, text }) => void (state.drawer[key] = `${canary('gm')} ${text}`), {
      roles: ['gm'],
    }),
  }),
});

type Table = {
  tokens: Record<string, { x: number; y: number; by: string }>;
  order: string[];
  hands: Record<string, string[]>;
  plans: Record<string, string>;
  scroll: string;
  clock: { ticks: number; alarms: number; started: number; present: string[] };
  total: number;
  sum: Record<string, number>;
};

const initial = (): Table => ({
  tokens: {},
  order: [],
  hands: {},
  plans: {},
  scroll: '',
  clock: { ticks: 0, alarms: 0, started: 0, present: [] },
  total: 0,
  sum: {},
});

function sizeOf(record: object): number {
  return Object.keys(record).length;
}

const shared = {
  // Small, so that much is reached soon.
  limits: { snapshotEveryEvents: 12, maxParticipants: 6 },
  policies: {
    access: 'open',
    checkpointMs: 4_000,
    reconnectWindowMs: 8_000,
    whenGmLeaves: 'hand-over',
    timers: { downtime: 'counts' },
    cleanup: { warnBeforeMs: 0, completedAfterMs: 30_000, deleteAfterMs: 60_000 },
  },
} as const;

function greet(state: Table, ctx: CommandContext<never, never>): void {
  state.clock.present = [...state.clock.present.filter((id) => id !== ctx.participant.id), ctx.participant.id];
}

/** One of three versions, which follow each other: the second shows the plans to scouts, too, the third has more state. */
function versionOf(version: 1 | 2 | 3) {
  return defineSession('everything', {
    version,
    migrate: (state, from) => {
      if (from < 3) state['total'] = Number(state['total']) + 1;
    },
    parts: [dice],
    roles: ['scout'],
    messages: { said: text, whispered: z.object({ text: z.string(), from: z.string() }), rang: z.object({ alarms: z.number() }) },
    initial,
    visibility: {
      hands: 'self',
      plans: version === 1 ? (['gm'] as const) : (['gm', 'scout'] as const),
      scroll: ({ role }: { role: string }) => role !== 'spectator',
      clock: 'all',
    },
    ...shared,
    onJoin: greet,
    onLeave: (state, ctx) => void (state.clock.present = state.clock.present.filter((id) => id !== ctx.participant.id)),
    onStart: (state) => void (state.clock.started += 1),
    onPause: (state, ctx) => void (state.plans['pause'] = ctx.id()),
    onResume: (state) => void delete state.plans['pause'],
    onErase: (state, ctx) => void delete state.hands[ctx.participant.id],
    tick: { everyMs: 2_500, run: (state) => void (state.clock.ticks += state.order.length > 3 ? 1 : 0) },
    invariant: (state) => (state.order.length === sizeOf(state.tokens) ? undefined : 'the order does not name each token once'),
    initialMode: 'camp',
    commands: (command) => ({
      place: command(z.object({ key, x: z.number().min(0).max(20), y: z.number().min(-3).max(3) }), (state, { key, x, y }, ctx) => {
        if (state.tokens[key] === undefined) state.order.push(key);
        else if (state.tokens[key].by !== ctx.participant.id) ctx.reject('It is not yours.', { of: state.tokens[key].by });
        state.tokens[key] = { x, y, by: ctx.participant.id };
      }),
      move: command(
        z.object({ key, x: z.number().min(0).max(20) }),
        (state, { key, x }, ctx) => {
          const token = state.tokens[key] ?? ctx.reject('There is no such token.');
          token.x = x;
        },
        { conflict: true },
      ),
      take: command(z.object({ key }), (state, { key }) => {
        delete state.tokens[key];
        state.order = state.order.filter((other) => other !== key);
      }),
      shuffle: command(z.object({}), (state, _, ctx) => void (state.order = ctx.random.shuffle(state.order))),
      sort: command(z.object({}), (state) => void state.order.sort()),
      draw: command(z.object({ card: text }), (state, { card }, ctx) => {
        const hand = (state.hands[ctx.participant.id] ??= []);
        if (hand.push(`${canary(`@${ctx.participant.id}`)} ${card}`) > 8) hand.shift();
        return hand.length;
      }),
      plan: command(z.object({ key, text }), (state, { key, text }) => void (state.plans[key] = text), { roles: ['gm'] }),
      write: command(z.object({ times: z.int().min(0).max(60), text }), (state, { times, text }) => {
        // Up to 18,000 characters, which is more than most frames.
        state.scroll = canary('gm', 'player', 'scout') + `${text} `.repeat(times).slice(0, 18_000);
        return state.scroll.length;
      }),
      say: command(z.object({ text }), (_, { text }, ctx) => ctx.send('said', text)),
      whisper: command(
        z.object({ text, to: z.string(), toRoles: z.array(z.enum(['gm', 'player', 'spectator', 'scout'])).max(2) }),
        (_, args, ctx) =>
          ctx.send(
            'whispered',
            { text: `${canary(...args.toRoles, `@${args.to}`)} ${args.text}`, from: ctx.participant.id },
            { to: { roles: args.toRoles, participants: args.to } },
          ),
      ),
      add: command(z.object({ amount: z.int().min(-9).max(9) }), (state, { amount }, ctx) => {
        state.total += amount;
        state.sum[ctx.participant.id] = (state.sum[ctx.participant.id] ?? 0) + amount;
        return state.total;
      }),
      alarm: command(z.object({ afterMs: z.int().min(0).max(90_000), id: z.string().max(8).optional() }), (_, { afterMs, id }, ctx) =>
        ctx.schedule(afterMs, 'ring', {}, id === undefined ? {} : { id: `alarm-${id}` }),
      ),
      calm: command(z.object({ id: z.string().max(8) }), (_, { id }, ctx) => ctx.cancel(`alarm-${id}`)),
      ring: command(
        z.object({}),
        (state, _, ctx) => {
          state.clock.alarms += 1;
          ctx.send('rang', { alarms: state.clock.alarms });
        },
        { roles: ['system'] },
      ),
      remember: command(z.object({ text }), (_, { text }, ctx) => ctx.highlight(text, { seq: ctx.seq })),
      stumble: command(z.object({ far: z.int().min(0).max(3) }), (state, { far }) => {
        state.total += 1_000;
        state.order.push('nobody');
        if (far >= 0) throw new Error('it stumbles on purpose');
      }),
      march: command(z.object({}), (_, __, ctx) => ctx.setMode('road'), { roles: ['gm', 'player'] }),
      rest: command(z.object({}), (_, __, ctx) => ctx.setMode('camp'), { roles: ['gm', 'player'] }),
    }),
    modes: {
      camp: (command) => ({ cook: command(z.object({ what: text }), (state, { what }) => void (state.plans['meal'] = what)) }),
      road: (command) => ({ walk: command(z.object({ far: z.int().min(1).max(9) }), (state, { far }) => void (state.total += far)) }),
    },
  });
}

export const everything = versionOf(1);
export const laterVersions = [versionOf(2), versionOf(3)];
