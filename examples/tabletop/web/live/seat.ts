import type { CommandsOf, MessagesOf } from 'holdfast';
import type { tabletop } from '../../game.ts';
import type { LinkView, Person, TableState } from './table-view.ts';

/** What a table needs of its session: the joined session behind it is the client library's. */
export interface Seat {
  readonly id: string;
  readonly name: string;
  readonly ended: boolean;
  readonly state: TableState;
  readonly self: Person;
  readonly people: readonly Person[];
  readonly link: Exclude<LinkView, { kind: 'back' | 'ended' }>;
  readonly commands: CommandsOf<typeof tabletop>;
  /** Called after every change of anything above. */
  onChange(fn: () => void): void;
  onRolled(fn: (rolled: MessagesOf<typeof tabletop>['rolled'], by: string) => void): void;
  end(): Promise<unknown>;
  leave(): void;
}
