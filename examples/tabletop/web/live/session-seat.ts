import type { Participant, Session } from 'holdfast/client';
import type { tabletop } from '../../game.ts';
import type { Seat } from './seat.ts';
import { Restart } from './restart.ts';
import type { Person } from './table-view.ts';

/** A joined session as the table's page wants to see it. */
export function seatOf(session: Session<typeof tabletop>, end: () => Promise<unknown>): Seat {
  const restart = new Restart(() => Date.now());
  let people: { of: readonly Participant[]; list: readonly Person[] } | undefined;
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
      return personOf(session.self, session.self.id);
    },
    get people() {
      const { participants } = session;
      if (people?.of !== participants) people = { of: participants, list: participants.map((each) => personOf(each, session.self.id)) };
      return people.list;
    },
    get link() {
      return linkOf(session, restart);
    },
    commands: session.commands,
    onChange: (fn) => {
      session.on('status', (status) => restart.see(status));
      session.subscribe(fn);
    },
    onRolled: (fn) => void session.on('rolled', (rolled, { by }) => fn(rolled, by)),
    end,
    leave: () => void session.leave(),
  };
}

function personOf({ id, name, role }: { id: string; name: string; role: string }, self: string): Person {
  return { id, name, role, self: id === self };
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
