/** `list.splice(index, deleteCount, ...values)` for any number of values: a spread of very many overflows the stack. */
export function spliceValues<T>(list: T[], index: number, deleteCount: number, values: readonly T[]): T[] {
  if (values.length <= MOST_SPREAD) return list.splice(index, deleteCount, ...values);
  const removed = list.splice(index, deleteCount);
  const tail = list.splice(index);
  for (const value of values) list.push(value);
  for (const value of tail) list.push(value);
  return removed;
}

const MOST_SPREAD = 1000;
