import type { CommandsOf, MessagesOf } from 'holdfast';
import type { Manage, NewInvite, InviteWish, OwnPresence } from 'holdfast/client';
import type { tabletop } from '../../game.ts';
import type { Person } from './people.ts';
import type { House, LinkView, TableState } from './table-view.ts';

/** What a table needs of its session: the joined session behind it is the client library's. */
export interface Seat {
  readonly id: string;
  readonly name: string;
  readonly ended: boolean;
  readonly state: TableState;
  readonly self: Person;
  readonly people: readonly Person[];
  readonly house: House;
  readonly link: Exclude<LinkView, { kind: 'back' | 'ended' | 'paused' }>;
  readonly commands: CommandsOf<typeof tabletop>;
  readonly manage: Manage;
  /** Called after every change of anything above. */
  onChange(fn: () => void): void;
  onRolled(fn: (rolled: MessagesOf<typeof tabletop>['rolled'], by: string) => void): void;
  /** Shows the others what this person does. */
  show(own: OwnPresence): void;
  invite(wish: InviteWish): Promise<NewInvite>;
  leave(): void;
}
