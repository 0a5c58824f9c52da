import { pause } from '../crowd.ts';
import type { Player } from '../player.ts';
import type { Work } from '../work.ts';

const ROOMS = 10;

export const idleMemory: Work = {
  name: 'idle-memory',
  title: 'memory of an idle connection',
  metrics: [{ name: 'kb', label: 'kB per connection', digits: 1, wanted: 'least', target: 12 }],
  async run({ start, short }) {
    const count = short ? 2000 : 5000;
    const system = await start();
    const sessions = await system.createSessions(ROOMS);
    const tokens = await system.tokens(Array.from({ length: 6 }, (_, i) => `idle${i}`));
    const players: Player[] = [];
    const connect = async (most: number): Promise<void> => {
      while (players.length < most) {
        const from = players.length;
        const group = Array.from({ length: 50 }, (_, i) =>
          system.join(sessions[(from + i) % ROOMS] as string, tokens[(from + i) % tokens.length] as string, from + i),
        );
        players.push(...(await Promise.all(group)));
      }
      await pause(500);
    };
    // The first few hundred warm up code, pools and heap that belong to no connection.
    await connect(500);
    const before = await system.memory();
    await connect(500 + count);
    const after = await system.memory();
    const fault = players.find((player) => player.fault !== '')?.fault;
    for (const player of players) player.leave();
    await system.stop();
    return { measures: { kb: (after - before) / count / 1024 }, warnings: fault === undefined ? [] : [fault] };
  },
};
