import { gatherCrowd, SESSIONS, tokenOf, type Crowd } from '../crowd.ts';
import type { Player } from '../player.ts';
import { runSchedule } from '../schedule.ts';
import type { Work } from '../work.ts';
import type { System } from '../system.ts';

type Tokens = Record<string, { x: number } | undefined>;

/** Sends until the server is dead, which happens while commands are on their way. Answers how many were unanswered then. */
async function killUnderLoad(system: System, crowd: Crowd, afterMs: number): Promise<number> {
  const { players } = crowd;
  let dead: Promise<void> | undefined;
  let unanswered = 0;
  let isDead = false;
  const startedAt = performance.now();
  await runSchedule(
    2000,
    60_000,
    (index, dueAt) => {
      const at = (index * 43) % players.length;
      const player = players[at] as Player;
      if (!player.wire.closed) player.move(tokenOf(at), player.sent + 1, index % 2000, dueAt);
      if (dead === undefined && dueAt - startedAt >= afterMs) {
        dead = system.kill().then(() => {
          unanswered = players.reduce((sum, each) => sum + each.unanswered, 0);
          isDead = true;
        });
      }
    },
    () => isDead,
  );
  await dead;
  return unanswered;
}

/** Each player's x counts its commands: what a recovered state shows less than what was acknowledged was lost. */
function countLost(crowd: Crowd, states: readonly Tokens[]): number {
  let lost = 0;
  for (const [at, player] of crowd.players.entries()) {
    const state = states[Math.floor(at / crowd.perSession)] ?? {};
    lost += Math.max(0, player.echoed - (state[tokenOf(at)]?.x ?? 0));
  }
  return lost;
}

export const kill: Work = {
  name: 'kill',
  title: 'kill -9 under 2,000 commands/s',
  metrics: [
    { name: 'lost', label: 'acknowledged commands lost', digits: 0, wanted: 'least', target: 0 },
    { name: 'restartMs', label: 'restart to all 100 sessions serving, ms', digits: 0, wanted: 'least', target: 250 },
  ],
  async run({ start, short }) {
    const system = await start();
    const crowd = await gatherCrowd(system);
    const [token = ''] = await system.tokens(['player0']);
    const unanswered = await killUnderLoad(system, crowd, (short ? 1500 : 4000) + Math.random() * 50);
    const fault = crowd.players.find((player) => player.fault !== '')?.fault;
    const acked = crowd.players.reduce((sum, player) => sum + player.echoed, 0);
    const restartAt = performance.now();
    const again = await start({ keepData: true });
    const upMs = performance.now() - restartAt;
    const rooms = again.side === 'floor' ? await again.createSessions(SESSIONS) : crowd.sessions;
    const returned = await Promise.all(rooms.map((session, i) => again.join(session, token, i)));
    const restartMs = performance.now() - restartAt;
    const lost = countLost(
      crowd,
      returned.map((player) => player.state['tokens'] as Tokens),
    );
    for (const player of returned) player.leave();
    await again.stop();
    return { measures: { lost, restartMs, upMs, acked, unanswered }, warnings: fault === undefined ? [] : [fault] };
  },
};
