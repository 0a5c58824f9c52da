/** Whether the JSON text of a JSON value has more than so many characters. Looks at no more of it than that takes. */
export function isLongerThan(value: unknown, characters: number): boolean {
  return roomAfter(value, characters) < 0;
}

/** What is left of `room` after the value; escapes are not counted. Negative as soon as nothing is. */
function roomAfter(value: unknown, room: number): number {
  if (typeof value === 'string') return room - value.length - 2;
  if (typeof value !== 'object' || value === null) return room - String(value).length;
  return Array.isArray(value) ? roomAfterArray(value, room) : roomAfterObject(value as Record<string, unknown>, room);
}

function roomAfterArray(array: readonly unknown[], room: number): number {
  // Two brackets, and a comma less than there are children.
  let left = room - 2 - Math.max(0, array.length - 1);
  for (let index = 0; index < array.length && left >= 0; index += 1) left = roomAfter(array[index], left);
  return left;
}

function roomAfterObject(object: Record<string, unknown>, room: number): number {
  let left = room - 1;
  let isEmpty = true;
  for (const key in object) {
    left = roomAfter(object[key], left - key.length - 4);
    if (left < 0) return left;
    isEmpty = false;
  }
  return isEmpty ? left - 1 : left;
}
