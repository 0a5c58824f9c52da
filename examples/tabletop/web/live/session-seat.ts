import type { Invites, Participant, Session, SessionMeta, SessionPresence } from 'holdfast/client';
import type { tabletop } from '../../game.ts';
import { peopleOf, personOf, type Person } from './people.ts';
import type { Seat } from './seat.ts';
import { Restart } from './restart.ts';
import type { House, Pause } from './table-view.ts';

/** A joined session as the table's page wants to see it. */
export function seatOf(session: Session<typeof tabletop>, invites: Invites, leave: () => void): Seat {
  const restart = new Restart(() => Date.now());
  const house = remembering((meta: SessionMeta) => houseOf(meta));
  const people = remembering((participants: readonly Participant[], presence: SessionPresence, self: string): readonly Person[] =>
    peopleOf(participants, presence, self),
  );
  return {
    id: session.id,
    get name() {
      return session.meta.name;
    },
    get ended() {
      return session.status.state === 'ended';
    },
    get state() {
      return session.state;
    },
    get self() {
      const { self } = session;
      return this.people.find(({ id }) => id === self.id) ?? personOf(self, session.presence[self.id], self.id);
    },
    get people() {
      return people(session.participants, session.presence, session.self.id);
    },
    get house() {
      return house(session.meta);
    },
    get link() {
      return linkOf(session, restart);
    },
    commands: session.commands,
    manage: session.manage,
    onChange: (fn) => {
      session.on('status', (status) => restart.see(status));
      session.subscribe(fn);
    },
    onRolled: (fn) => void session.on('rolled', (rolled, { by }) => fn(rolled, by)),
    show: (own) => session.setPresence(own),
    invite: (wish) => invites.create({ session: session.id }, wish),
    leave,
  };
}

/** The same result as long as everything that it is made of is the same. */
function remembering<Args extends readonly unknown[], Result>(make: (...args: Args) => Result): (...args: Args) => Result {
  let last: { args: Args; result: Result } | undefined;
  return (...args) => {
    if (last === undefined || args.some((arg, i) => arg !== last?.args[i])) last = { args, result: make(...args) };
    return last.result;
  };
}

function houseOf(meta: SessionMeta): House {
  const { owner, access, campaign, locked = false, moderation } = meta;
  return { owner, access, campaign, locked, pause: pauseOf(meta), invites: moderation?.invites ?? {}, bans: moderation?.bans ?? {} };
}

function pauseOf({ status, pausedBy, pausedAt, reason, participants, owner, ownerName }: SessionMeta): Pause | undefined {
  if (status !== 'paused') return undefined;
  const known = participants[String(pausedBy)]?.name ?? (pausedBy === owner ? ownerName : undefined);
  return { by: known ?? 'the server', why: typeof reason === 'string' ? reason : '', at: pausedAt };
}

function linkOf({ status, rtt }: Session<typeof tabletop>, restart: Restart): Seat['link'] {
  switch (status.state) {
    case 'live':
      return { kind: 'live', roundTripMs: rtt, overHttp: status.transport === 'sse' };
    case 'leaving':
    case 'ended':
      return { kind: 'live', roundTripMs: rtt };
    case 'suspect':
      return { kind: 'waiting', why: 'The server has not been heard from for a while.' };
    case 'connecting':
      return { kind: 'waiting', why: '' };
    case 'waiting':
      return { kind: 'waiting', why: status.reason.message, restarting: restart.isUnderWay };
    case 'closed':
      return { kind: 'stopped', code: status.reason.code, why: status.reason.message };
  }
}
