/** A column does not hold the kind of value that the schema gives it: the file was changed from outside. */
export class ColumnError extends Error {
  constructor(column: string) {
    super(`column ${column} holds a value of the wrong kind`);
    this.name = 'ColumnError';
  }
}

type Row = Readonly<Record<string, unknown>>;

export function integerIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new ColumnError(column);
  return value;
}

export function countIn(row: Row, column: string): number {
  const value = integerIn(row, column);
  if (value < 0) throw new ColumnError(column);
  return value;
}

export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new ColumnError(column);
  return value;
}

export function blobIn(row: Row, column: string): Buffer {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new ColumnError(column);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** A list of texts that is stored as JSON. */
export function textsIn(row: Row, column: string): string[] {
  const list: unknown = JSON.parse(textIn(row, column));
  if (!Array.isArray(list) || !list.every((text) => typeof text === 'string')) throw new ColumnError(column);
  return list;
}

export function nullableIn<T>(read: (row: Row, column: string) => T, row: Row, column: string): T | null {
  return row[column] === null ? null : read(row, column);
}
