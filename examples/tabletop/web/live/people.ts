import type { Participant, PresenceConnection, PresentParticipant, SessionPresence } from 'holdfast/client';

/** How someone is here: `reconnecting` has lost the connection a moment ago, `gone` a while ago. */
export type Standing = 'live' | 'idle' | 'reconnecting' | 'gone';

export type Person = {
  id: string;
  name: string;
  role: string;
  self: boolean;
  standing: Standing;
  /** Since when, in milliseconds since 1970; undefined while it is not known. */
  since: number | undefined;
  /** As they chose it, `#rrggbb`. */
  color: string | undefined;
  /** What they do now: `typing`, `rolling`, `moving`. */
  doing: string | undefined;
  /** The token in their hand. */
  holds: string | undefined;
  /** Their connections: for the GM. */
  lines: readonly PresenceConnection[];
};

/** Everyone at a table, and how each is here. */
export function peopleOf(participants: readonly Participant[], presence: SessionPresence, self: string): readonly Person[] {
  return participants.map((participant) => personOf(participant, presence[participant.id], self));
}

export function personOf(
  { id, name, role, color, away }: Pick<Participant, 'id' | 'name' | 'role' | 'color' | 'away'>,
  present: PresentParticipant | undefined,
  self: string,
): Person {
  return {
    id,
    name,
    role,
    self: id === self,
    standing: standingOf(present?.status, away === true),
    since: present?.since,
    color,
    doing: present?.status === 'disconnected' ? undefined : present?.activity?.name,
    holds: heldBy(present?.data),
    lines: present?.connections ?? [],
  };
}

function standingOf(status: 'online' | 'idle' | 'disconnected' | undefined, away: boolean): Standing {
  if (status === 'online') return 'live';
  if (status === 'idle') return 'idle';
  return away || status === undefined ? 'gone' : 'reconnecting';
}

function heldBy(data: unknown): string | undefined {
  const { holds }: { holds?: unknown } = Object(data);
  return typeof holds === 'string' ? holds : undefined;
}

/** What someone does, or else how they are here, in one word. */
export function spellStanding({ standing, doing }: Pick<Person, 'standing' | 'doing'>): string {
  return doing ?? standing;
}

/** `you · GM`. */
export function spellRole({ self, role }: Pick<Person, 'self' | 'role'>): string {
  const spelled = role === 'gm' ? 'GM' : role === 'spectator' ? 'looks on' : '';
  return [self ? 'you' : '', spelled].filter(Boolean).join(' · ');
}
