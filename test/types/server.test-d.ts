// What a server takes: any definition, without a cast at the user's side.
import { type } from 'arktype';
import { z } from 'zod';
import { definePart, defineSession, type SessionDefinition } from 'holdfast';

interface Piece {
  at: number;
}
const chess = defineSession('chess', {
  version: 2,
  options: type({ size: 'number' }),
  messages: { moved: z.object({ by: z.string() }) },
  parts: [
    definePart({ initial: () => ({ clock: 0 }), commands: (command) => ({ stop: command(z.object({}), (state) => (state.clock = 0)) }) }),
  ],
  initial: ({ size }) => ({ pieces: [{ at: size }] as Piece[] }),
  visibility: { pieces: (participant) => participant.role !== 'spectator' },
  listing: (state, meta) => ({ pieces: state.pieces.length, clock: state.clock, players: Object.keys(meta.participants).length }),
  initialMode: 'play',
  modes: { play: (command) => ({ move: command(z.object({ from: z.number() }), (state, { from }) => state.pieces[from] ?? null) }) },
});
const empty = defineSession('empty', { version: 1, initial: () => ({}) });

declare function createServer(options: { sessions: readonly SessionDefinition[] }): void;
createServer({ sessions: [chess, empty] });
// @ts-expect-error not a definition
createServer({ sessions: [{ name: 'chess', version: 1 }] });
