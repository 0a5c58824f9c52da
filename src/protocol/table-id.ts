/*
 * The id of a path table says of which sight its view is, besides being one of a kind: so a position that comes with a table
 * belongs to a sight, without a byte more on the wire.
 */

/** The mark of a sight is below this. */
export const MARKS = 2 ** 17;
const ROOM = 2 ** 32;

/** The id of a new table of a view with that mark; `drawn` are 32 random bits. */
export function tableIdOf(mark: number, drawn: number): number {
  return mark * ROOM + drawn;
}

/** The mark of the sight whose view the table is of. */
export function markOfTable(id: number): number {
  return Math.floor(id / ROOM);
}
