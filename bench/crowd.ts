import { tokenIds } from './entities.ts';
import type { Player } from './player.ts';
import { runSchedule, type ScheduleReport } from './schedule.ts';
import { Samples } from './statistics.ts';
import type { System } from './system.ts';

/** The load of most works: many sessions with a few players each, all of whom write. */
export type Crowd = { readonly sessions: readonly string[]; readonly players: readonly Player[]; readonly perSession: number };

export const SESSIONS = 100;
export const PLAYERS = 6;
const JOINING_AT_ONCE = 50;
/** Longest wait for what is still under way at the end of a load. */
const DRAIN_MS = 10_000;

export async function gatherCrowd(system: System, sessions = SESSIONS, perSession = PLAYERS): Promise<Crowd> {
  const ids = await system.createSessions(sessions);
  const names = Array.from({ length: perSession }, (_, i) => `player${i}`);
  const tokens = await system.tokens(names);
  const places = ids.flatMap((session) => tokens.map((token) => ({ session, token })));
  const players: Player[] = [];
  for (let at = 0; at < places.length; at += JOINING_AT_ONCE) {
    const group = places.slice(at, at + JOINING_AT_ONCE);
    players.push(...(await Promise.all(group.map(({ session, token }, i) => system.join(session, token, at + i)))));
  }
  return { sessions: ids, players, perSession };
}

const IDS = tokenIds(50);

/** The token that a player of a session moves, its own, so that the last value says how far its commands got. */
export function tokenOf(player: number): string {
  return IDS[player % PLAYERS] as string;
}

export type LoadReport = ScheduleReport & {
  readonly latency: Samples;
  readonly deliveries: number;
  readonly frames: number;
  readonly faults: number;
  readonly fault: string;
  readonly cpuUs: number;
  readonly mainBusy: number;
  /** False when commands were still unanswered after a long wait. */
  readonly drained: boolean;
};

/** Sends `rate` commands a second in turn from every player, x counting up, and measures until all is answered. */
export async function load(system: System, crowd: Crowd, rate: number, durationMs: number, mostUnanswered = 900): Promise<LoadReport> {
  const { players } = crowd;
  const latency = new Samples();
  let overrun = false;
  for (const player of players) {
    player.deliveries = 0;
    player.frames = 0;
    player.onEcho = (dueAt) => latency.add(performance.now() - dueAt);
  }
  const before = await system.usage();
  // A step that is neither 1 nor a divisor of the number of players spreads neighbours in time over the sessions.
  const step = 7 * PLAYERS + 1;
  const report = await runSchedule(
    rate,
    durationMs,
    (index, dueAt) => {
      const at = (index * step) % players.length;
      const player = players[at] as Player;
      if (player.unanswered >= mostUnanswered) overrun = true;
      else player.move(tokenOf(at), player.sent + 1, index % 2000, dueAt);
    },
    () => overrun,
  );
  const drained = (await drain(players)) && !overrun;
  const after = await system.usage();
  return {
    ...report,
    latency,
    drained,
    deliveries: players.reduce((sum, player) => sum + player.deliveries, 0),
    frames: players.reduce((sum, player) => sum + player.frames, 0),
    faults: players.reduce((sum, player) => sum + player.faults, 0),
    fault: players.find((player) => player.fault !== '')?.fault ?? players.find((player) => player.wire.closed)?.wire.closeReason ?? '',
    cpuUs: after.cpuUs - before.cpuUs,
    mainBusy: after.mainBusy,
  };
}

/** Waits until every command is answered and every change has reached everyone who is still connected. */
async function drain(players: readonly Player[]): Promise<boolean> {
  const deadline = performance.now() + DRAIN_MS;
  let deliveries = -1;
  while (performance.now() < deadline) {
    await pause(30);
    const now = players.reduce((sum, player) => sum + player.deliveries, 0);
    if (now === deliveries && players.every((player) => player.unanswered === 0)) return true;
    if (players.some((player) => player.wire.closed)) return false;
    deliveries = now;
  }
  return false;
}

export function disperse(crowd: Crowd): void {
  for (const player of crowd.players) player.leave();
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
