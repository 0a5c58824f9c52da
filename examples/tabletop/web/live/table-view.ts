import type { ViewOf } from 'holdfast';
import type { Kind } from '../../board.ts';
import type { tabletop } from '../../game.ts';
import type { Place } from './paced-moves.ts';

export type TableState = ViewOf<typeof tabletop>;

export type Person = { id: string; name: string; role: string; self: boolean };

/** How the table stands with its server. */
export type LinkView =
  /** `overHttp`: this network lets no WebSocket through, and the table is played without. */
  | { kind: 'live'; roundTripMs: number | undefined; overHttp?: boolean }
  /** `restarting`: the server went away on purpose, with word that it comes back. */
  | { kind: 'waiting'; why: string; restarting?: boolean }
  /** It was waiting a moment ago and has everything now. */
  | { kind: 'back' }
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
  | { kind: 'end' };

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
    case 'ended':
      return 'Ended';
    case 'stopped':
      return 'Not connected';
  }
}

function spellDistance(roundTripMs: number | undefined): string {
  return roundTripMs === undefined ? '' : ` · ${Math.max(1, Math.round(roundTripMs))} ms`;
}

function spellKept(kept: number): string {
  return kept === 0 ? '' : ` (${kept} ${kept === 1 ? 'move' : 'moves'} kept)`;
}
