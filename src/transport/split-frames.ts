/**
 * Cuts the text of a JSON array into the texts of its elements, unread: each is then checked as a frame of its own, by the
 * same pass over its text as one that came over a WebSocket. Undefined when the text is no array. Whether the elements are
 * JSON is not looked at.
 */
export function splitFrames(text: string): string[] | undefined {
  const body = text.trim();
  if (!body.startsWith('[') || !body.endsWith(']') || body.length < 2) return undefined;
  const inside = body.slice(1, -1);
  if (inside.trim() === '') return [];
  const frames: string[] = [];
  let from = 0;
  for (const comma of topLevelCommas(inside)) {
    frames.push(inside.slice(from, comma));
    from = comma + 1;
  }
  return [...frames, inside.slice(from)];
}

/** Where a comma stands outside of strings, objects and arrays. */
function* topLevelCommas(text: string): Generator<number> {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]+|\\.)*"?|[[\]{},]/gs)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    else if (token === ',' && depth === 0) yield index;
  }
}
