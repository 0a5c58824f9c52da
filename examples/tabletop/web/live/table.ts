import type { InviteWish, Manage, NewInvite } from 'holdfast/client';
import type { Kind } from '../../board.ts';
import { PacedMoves, type Place } from './paced-moves.ts';
import type { Seat } from './seat.ts';
import type { Act, LinkView, PendingAct, Refusal, TableView, Throw } from './table-view.ts';

const MOVE_INTERVAL_MS = 50;
const BACK_SHOWN_MS = 4_000;
/** A throw is an event, not a thing: after this it is in the log only. */
const THROW_SHOWN_MS = 5_000;
/** Dice in the hand, in the air and rolling to a stop, as the others see it. */
const ROLLING_MS = 2_000;
const TYPING_MS = 3_000;
const HOLDING_MS = 10_000;
const TYPING_SAID_EVERY_MS = 1_500;

export type Hand = { count: number; sides: number; modifier: number; secret: boolean };

/** `2d6+1`, as players write it. */
export function spell({ count, sides, modifier }: Hand): string {
  return `${count}d${sides}${modifier > 0 ? '+' : ''}${modifier || ''}`;
}

/** One table as this page lives it: the server's state, and beside it what was done here and is still on its way. */
export class Table {
  readonly #seat: Seat;
  readonly #listeners = new Set<() => void>();
  #pending: readonly PendingAct[] = [];
  #throws: readonly Throw[] = [];
  #refusal: Refusal | undefined;
  #keys = 0;
  #waited = false;
  #back = false;
  #typingSaidAt = Number.NEGATIVE_INFINITY;
  #view: TableView | undefined;

  constructor(seat: Seat) {
    this.#seat = seat;
    seat.onChange(() => {
      this.#waited ||= seat.link.kind === 'waiting';
      this.#changed();
    });
    seat.onRolled((rolled, by) => {
      const name = seat.people.find((person) => person.id === by)?.name ?? 'Someone';
      this.#show({ ...rolled, name });
    });
  }

  readonly subscribe = (fn: () => void): (() => void) => {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  };

  readonly view = (): TableView => {
    const { id, name, state, self, people, house } = this.#seat;
    this.#view ??= {
      session: id,
      name,
      link: this.#link(),
      state,
      people,
      self,
      house,
      pending: this.#pending,
      throws: this.#throws,
      refusal: this.#refusal,
    };
    return this.#view;
  };

  /** The moves of one drag: shown as kept only once the token is put down. */
  startMoves(id: string): PacedMoves {
    return new PacedMoves({
      send: (place) => this.#act({ kind: 'move', id, place }, () => this.#seat.commands.moveToken({ id, ...place })),
      flowing: () => this.#seat.link.kind === 'live',
      intervalMs: MOVE_INTERVAL_MS,
      now: () => performance.now(),
      after: (ms, run) => void setTimeout(run, ms),
    });
  }

  addToken(name: string, token: Kind, place: Place): string {
    const id = newTokenId();
    this.#do({ kind: 'add', id, name, token, place }, () => this.#seat.commands.addToken({ id, name, kind: token, ...place }));
    return id;
  }

  removeToken(id: string): void {
    this.#do({ kind: 'remove', id }, () => this.#seat.commands.removeToken({ id }));
  }

  roll(hand: Hand): void {
    if (!hand.secret) this.#seat.show({ activity: { name: 'rolling', ttlMs: ROLLING_MS } });
    this.#do({ kind: 'roll', dice: spell(hand), secret: hand.secret }, () => this.#seat.commands.roll(hand));
  }

  /** Tells the others that this person writes something, as long as they do. */
  typing(is: boolean): void {
    const now = performance.now();
    if (!is) this.#seat.show({ activity: null });
    else if (now - this.#typingSaidAt > TYPING_SAID_EVERY_MS) this.#seat.show({ activity: { name: 'typing', ttlMs: TYPING_MS } });
    else return;
    this.#typingSaidAt = is ? now : Number.NEGATIVE_INFINITY;
  }

  /** Shows the others which token is in this person's hand, while it is. */
  hold(id: string | undefined): void {
    if (id === undefined) this.#seat.show({ data: null, activity: null });
    else this.#seat.show({ data: { holds: id }, activity: { name: 'moving', ttlMs: HOLDING_MS } });
  }

  /** Something that is done to the table or its people. */
  manage(act: (manage: Manage) => Promise<void>): void {
    this.#do({ kind: 'manage' }, () => act(this.#seat.manage));
  }

  invite(wish: InviteWish): Promise<NewInvite> {
    return this.#seat.invite(wish);
  }

  say(text: string): void {
    this.#do({ kind: 'say', text }, () => this.#seat.commands.say({ text }));
  }

  keepSecret(text: string): void {
    this.#do({ kind: 'secret', text }, () => this.#seat.commands.keepSecret({ text }));
  }

  reveal(id: string): void {
    this.#do({ kind: 'take-out', id }, () => this.#seat.commands.reveal({ id }));
  }

  forget(id: string): void {
    this.#do({ kind: 'take-out', id }, () => this.#seat.commands.forget({ id }));
  }

  dismissRefusal(): void {
    this.#refusal = undefined;
    this.#changed();
  }

  close(): void {
    this.#listeners.clear();
    this.#seat.leave();
  }

  #do(act: Act, run: () => Promise<unknown>): void {
    this.#act(act, run).catch(() => undefined);
  }

  async #act(act: Act, run: () => Promise<unknown>): Promise<void> {
    this.#keys += 1;
    const key = this.#keys;
    this.#pending = [...this.#pending, { ...act, key, at: Date.now() }];
    this.#changed();
    try {
      await run();
    } catch (error) {
      this.#refusal = { key, text: error instanceof Error ? error.message : 'That did not work.' };
    } finally {
      this.#pending = this.#pending.filter((each) => each.key !== key);
      this.#changed();
    }
  }

  #link(): LinkView {
    if (this.#seat.ended) return { kind: 'ended' };
    const { link, house } = this.#seat;
    if (link.kind !== 'live') return link;
    if (this.#back) return { kind: 'back' };
    return house.pause === undefined ? link : { kind: 'paused', ...house.pause };
  }

  /** Tells of the return only when what was kept meanwhile has arrived too. */
  #changed(): void {
    if (this.#waited && this.#seat.link.kind === 'live' && this.#pending.length === 0) this.#showBack();
    this.#view = undefined;
    for (const fn of this.#listeners) fn();
  }

  #show(thrown: Throw): void {
    this.#throws = [...this.#throws, thrown];
    this.#changed();
    setTimeout(() => {
      this.#throws = this.#throws.filter((each) => each !== thrown);
      this.#changed();
    }, THROW_SHOWN_MS);
  }

  #showBack(): void {
    this.#waited = false;
    this.#back = true;
    setTimeout(() => {
      this.#back = false;
      this.#changed();
    }, BACK_SHOWN_MS);
  }
}

/** Eight characters that no other token of the table has. Pages without TLS, as on a home network, have no `randomUUID`. */
function newTokenId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => (byte % 36).toString(36)).join('');
}
