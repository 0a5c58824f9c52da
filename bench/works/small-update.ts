import { seededRandom, tokenIds } from '../entities.ts';
import type { Work } from '../work.ts';
import { pause } from '../crowd.ts';

const UPDATES = 1000;
const IDS = tokenIds(50);

export const smallUpdate: Work = {
  name: 'small-update',
  title: 'one small update: mean over 1,000 across 50 tokens on a board of 1000 x 700',
  metrics: [{ name: 'bytes', label: 'bytes on the wire per client', digits: 1, wanted: 'least', target: 22 }],
  async run({ start }) {
    const system = await start();
    const [session = ''] = await system.createSessions(1);
    const [first = '', second = ''] = await system.tokens(['writer', 'watcher']);
    const writer = await system.join(session, first, 1);
    const watcher = await system.join(session, second, 2);
    await pause(100);
    const random = seededRandom(50);
    const whole = (most: number): number => Math.floor(random() * most);
    const bytesBefore = watcher.wire.bytes;
    const deliveriesBefore = watcher.deliveries;
    for (let i = 0; i < UPDATES; i++) {
      await new Promise<void>((resolve) => {
        writer.onEcho = () => resolve();
        writer.move(IDS[whole(50)] as string, whole(1000), whole(700));
      });
    }
    while (watcher.deliveries - deliveriesBefore < UPDATES && !watcher.wire.closed) await pause(5);
    const bytes = (watcher.wire.bytes - bytesBefore) / UPDATES;
    writer.leave();
    watcher.leave();
    await system.stop();
    const fault = writer.fault || watcher.fault;
    return { measures: { bytes }, warnings: fault === '' ? [] : [fault] };
  },
};
