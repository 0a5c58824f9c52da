import { defineSession } from 'holdfast';
import { z } from 'zod';

const NOTES = 'guards the old mill near the river crossing and knows the secret door under the oak';

/** A session that becomes as large as it is told: things of about 200 bytes each. */
export const growing = defineSession('growing', {
  version: 1,
  initial: () => ({ things: {} as Record<string, object>, count: 0, steps: 0 }),
  limits: { maxParticipants: null, maxOpsPerCommand: 100_000, maxEventBytes: 1024 * 1024 },
  policies: { access: 'open' },
  commands: (command) => ({
    grow: command(z.object({ count: z.number() }), (state, { count }) => {
      for (let made = 0; made < count; made += 1) {
        state.count += 1;
        const n = state.count;
        state.things[`thing-${n}`] = {
          x: n % 2000,
          y: n % 1999,
          hp: n % 100,
          owner: `p${n % 6}`,
          colour: '#a0b1c2',
          notes: `${NOTES} ${n}`,
        };
      }
    }),
    step: command(z.object({}), (state) => void (state.steps += 1)),
  }),
});
