import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of each source file the parts that ran, as sorted pairs of offsets. */
export type Covered = Readonly<Record<string, readonly (readonly [from: number, to: number])[]>>;

type Range = { readonly startOffset: number; readonly endOffset: number; readonly count: number };
type Script = { readonly url: string; readonly functions: readonly { readonly ranges: readonly Range[] }[] };

/** Reads what all processes of one test file left behind (NODE_V8_COVERAGE), of the files below `within` alone. */
export function readCoverage(coverage: string, within: string): Covered {
  const parts = new Map<string, (readonly [number, number])[]>();
  for (const name of readdirSync(coverage)) {
    for (const { url, functions } of scriptsIn(join(coverage, name))) {
      const path = url.startsWith('file:') ? fileURLToPath(url) : '';
      if (!path.startsWith(`${within}/src/`) || path.includes('.test.')) continue;
      const file = path.slice(within.length + 1);
      parts.set(file, [...(parts.get(file) ?? []), ...ranIn(functions)]);
    }
  }
  return Object.fromEntries([...parts].map(([file, ranges]) => [file, merged(ranges)]));
}

/** Whether anything between the offsets ran. */
export function ranAt(covered: Covered, file: string, from: number, to: number): boolean {
  return covered[file]?.some(([start, end]) => start <= to && end > from) === true;
}

function scriptsIn(path: string): readonly Script[] {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { readonly result: readonly Script[] }).result;
  } catch {
    // A process that was killed while it wrote says nothing.
    return [];
  }
}

/** Ranges lie within each other, and the innermost one counts. */
function ranIn(functions: Script['functions']): (readonly [number, number])[] {
  const ran: (readonly [number, number])[] = [];
  const ranges = functions.flatMap((each) => each.ranges).toSorted((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  const open: Range[] = [];
  let at = 0;
  const upTo = (offset: number): void => {
    if (offset > at && (open.at(-1)?.count ?? 0) > 0) ran.push([at, offset]);
    at = Math.max(at, offset);
  };
  const close = (offset: number): void => {
    for (let last = open.at(-1); last !== undefined && last.endOffset <= offset; last = open.at(-1)) {
      upTo(last.endOffset);
      open.pop();
    }
  };
  for (const range of ranges) {
    close(range.startOffset);
    upTo(range.startOffset);
    open.push(range);
  }
  close(Number.POSITIVE_INFINITY);
  return ran;
}

function merged(ranges: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const whole: [number, number][] = [];
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = whole.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else whole.push([from, to]);
  }
  return whole;
}
