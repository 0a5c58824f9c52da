import { gatherCrowd, disperse, pause, tokenOf } from '../crowd.ts';
import { Samples } from '../statistics.ts';
import type { Work } from '../work.ts';

export const idleEcho: Work = {
  name: 'idle-echo',
  title: 'one command at a time on an idle server',
  metrics: [{ name: 'p50', label: 'command to own echo, p50 ms', digits: 2, wanted: 'least', target: 0.7 }],
  async run({ start, short }) {
    const system = await start();
    const crowd = await gatherCrowd(system, 1);
    const player = crowd.players[0];
    if (player === undefined) throw new Error('nobody joined');
    const latency = new Samples();
    const count = short ? 150 : 400;
    for (let i = 0; i < count + 50; i++) {
      await pause(5);
      const sentAt = performance.now();
      await new Promise<void>((resolve) => {
        player.onEcho = () => resolve();
        player.move(tokenOf(0), i + 1, i, sentAt);
      });
      if (i >= 50) latency.add(performance.now() - sentAt);
    }
    disperse(crowd);
    await system.stop();
    return { measures: { p50: latency.percentile(0.5), p99: latency.percentile(0.99) }, warnings: player.faults > 0 ? [player.fault] : [] };
  },
};
