import type { ViewOf } from 'holdfast';
import type { BanFacts, InviteFacts } from 'holdfast/client';
import type { Kind } from '../../board.ts';
import type { tabletop } from '../../game.ts';
import type { Place } from './paced-moves.ts';
import type { Person } from './people.ts';

export type TableState = ViewOf<typeof tabletop>;

/** Who paused the table, why (or '') and when. */
export type Pause = { by: string; why: string; at: number | undefined };

/** How the table is run. `invites` and `bans` are empty for who does not run it. */
export type House = {
  owner: string;
  access: 'open' | 'members' | 'invite';
  campaign: string | null;
  locked: boolean;
  pause: Pause | undefined;
  invites: Readonly<Record<string, InviteFacts>>;
  bans: Readonly<Record<string, BanFacts>>;
};

/** How the table stands with its server. */
export type LinkView =
  /** `overHttp`: this network lets no WebSocket through, and the table is played without. */
  | { kind: 'live'; roundTripMs: number | undefined; overHttp?: boolean }
  /** `restarting`: the server went away on purpose, with word that it comes back. */
  | { kind: 'waiting'; why: string; restarting?: boolean }
  /** It was waiting a moment ago and has everything now. */
  | { kind: 'back' }
  | ({ kind: 'paused' } & Pause)
  | { kind: 'ended' }
  | { kind: 'stopped'; code: string; why: string };

/** Something done here that is not in the server's log yet. */
export type Act =
  | { kind: 'move'; id: string; place: Place }
  | { kind: 'add'; id: string; name: string; token: Kind; place: Place }
  | { kind: 'remove'; id: string }
  | { kind: 'roll'; dice: string; secret: boolean }
  | { kind: 'say'; text: string }
  | { kind: 'secret'; text: string }
  | { kind: 'take-out'; id: string }
  /** Something done to the table or its people. */
  | { kind: 'manage' };

export type PendingAct = Act & { key: number; at: number };

/** Dice that were thrown while this page looked on. */
export type Throw = { id: string; name: string; sides: number; faces: number[]; modifier: number; total: number };

export type Refusal = { key: number; text: string };

/** Everything that a table's page draws; a new object whenever something has changed. */
export type TableView = {
  session: string;
  name: string;
  link: LinkView;
  state: TableState;
  people: readonly Person[];
  self: Person;
  house: House;
  pending: readonly PendingAct[];
  throws: readonly Throw[];
  refusal: Refusal | undefined;
};

/** Where each token will be once the server has everything: its last kept move. */
export function pendingPlaces(pending: readonly PendingAct[]): ReadonlyMap<string, Place> {
  return new Map(pending.flatMap((act) => (act.kind === 'move' ? [[act.id, act.place]] : [])));
}

/** The status in words. */
export function statusText(link: LinkView, kept: number): string {
  switch (link.kind) {
    case 'live':
      return `Live${link.overHttp ? ' over plain HTTP' : ''}${spellDistance(link.roundTripMs)}`;
    case 'waiting':
      return `${link.restarting ? 'The server is restarting' : 'Waiting for the server'}${spellKept(kept)}`;
    case 'back':
      return 'Back, nothing lost';
    case 'paused':
      return spellPause(link);
    case 'ended':
      return 'Ended';
    case 'stopped':
      return 'Not connected';
  }
}

/** `Paused by Mira: dinner`. */
export function spellPause({ by, why }: Pick<Pause, 'by' | 'why'>): string {
  return `Paused by ${by}${why === '' ? '' : `: ${why}`}`;
}

function spellDistance(roundTripMs: number | undefined): string {
  return roundTripMs === undefined ? '' : ` · ${Math.max(1, Math.round(roundTripMs))} ms`;
}

function spellKept(kept: number): string {
  return kept === 0 ? '' : ` (${kept} ${kept === 1 ? 'move' : 'moves'} kept)`;
}
