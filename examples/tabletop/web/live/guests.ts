import { readIdentity, parse, type Identity } from './identity.ts';

const GUESTS = 'holdfast.guests';

/** Who one is at a table that one came to by invitation, without an account: good for that table alone. */
export function rememberGuest(session: string, guest: Identity): void {
  for (const shelf of [sessionStorage, localStorage]) shelf.setItem(GUESTS, JSON.stringify({ ...guestsIn(shelf), [session]: guest }));
}

/** The guest that this tab is at a table. */
export function guestHere(session: string): Identity | undefined {
  return guestIn(sessionStorage, session);
}

/** The guest that this browser was at a table, in whatever tab. */
export function guestOfBrowser(session: string): Identity | undefined {
  return guestHere(session) ?? guestIn(localStorage, session);
}

function guestIn(shelf: Storage, session: string): Identity | undefined {
  return readIdentity(JSON.stringify(guestsIn(shelf)[session] ?? null));
}

function guestsIn(shelf: Storage): Record<string, unknown> {
  return Object(parse(shelf.getItem(GUESTS)));
}
