import { defineSession } from 'holdfast';
import { z } from 'zod';

/** What the tests here change of the board's policies and limits. */
export type BoardPolicies = {
  readonly maxParticipants?: number;
  readonly reconnectWindowMs?: number;
  readonly checkpointMs?: number;
  readonly seat?: 'held' | 'freed';
  readonly notesFor?: 'all' | 'gm';
};

/** Everything that was said stands in the state, in order, and went out as a message: what is lost or doubled shows. */
export const board = boardWith({});

export function boardWith({
  reconnectWindowMs = 30_000,
  checkpointMs = 0,
  seat = 'held',
  notesFor = 'all',
  maxParticipants = 100,
}: BoardPolicies) {
  return defineSession('board', {
    version: 1,
    messages: { said: z.object({ id: z.string() }) },
    initial: () => ({
      entries: [] as { id: string; draw: number }[],
      notes: {} as Record<string, string>,
      hands: {} as Record<string, string[]>,
    }),
    visibility: { hands: 'self', notes: notesFor === 'all' ? 'all' : ['gm'] },
    limits: { maxParticipants },
    policies: { access: 'open', reconnectWindowMs, checkpointMs, seat },
    commands: (command) => ({
      say: command(z.object({ id: z.string() }), (state, { id }, ctx) => {
        const draw = ctx.random.int(1, 1_000_000_000);
        state.entries.push({ id, draw });
        ctx.send('said', { id });
        return draw;
      }),
      note: command(z.object({ key: z.string(), text: z.string() }), (state, { key, text }) => {
        state.notes[key] = text;
      }),
      draw: command(z.object({ card: z.string() }), (state, { card }, ctx) => {
        (state.hands[ctx.participant.id] ??= []).push(card);
      }),
    }),
  });
}
