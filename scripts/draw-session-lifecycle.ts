// Draws docs/explanation/session-lifecycle.svg and writes the page around it, from the table that runs.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionStatus } from '../src/definition/command-context.ts';
import { LIFECYCLE, LIFECYCLE_EVENTS, STATUSES } from '../src/session/lifecycle-table.ts';
import { ROOT } from './run-tool.ts';
import { sessionLifecyclePage } from './session-lifecycle-page.ts';

export const SESSION_LIFECYCLE_PAGE = 'docs/explanation/session-lifecycle.md';
export const SESSION_LIFECYCLE_DRAWING = 'docs/explanation/session-lifecycle.svg';

type Table = typeof LIFECYCLE;
type Point = readonly [x: number, y: number];
type Arrow = {
  readonly from: readonly SessionStatus[];
  /** `before`: whatever the session was before it was abandoned. */
  readonly to: SessionStatus | 'before';
  readonly path: string;
  readonly words: Point;
  readonly anchor?: 'middle' | 'end';
};

const BOX = { width: 168, height: 58 };
const BOXES: Readonly<Record<SessionStatus, { readonly at: Point; readonly note: string }>> = {
  lobby: { at: [68, 96], note: 'gathers people' },
  active: { at: [348, 96], note: 'takes game commands' },
  paused: { at: [628, 96], note: 'time stands still' },
  abandoned: { at: [348, 316], note: 'nobody plays' },
  ended: { at: [908, 206], note: 'nothing changes' },
  archived: { at: [908, 376], note: 'content put away' },
};
const LIVING: readonly SessionStatus[] = ['lobby', 'active', 'paused'];

const ARROWS: readonly Arrow[] = [
  { from: ['lobby'], to: 'active', path: 'M236 125 H346', words: [291, 116], anchor: 'middle' },
  { from: ['active'], to: 'paused', path: 'M516 112 H626', words: [571, 103], anchor: 'middle' },
  { from: ['paused'], to: 'active', path: 'M628 138 H518', words: [573, 156], anchor: 'middle' },
  { from: LIVING, to: 'abandoned', path: 'M412 196 V314', words: [402, 262], anchor: 'end' },
  { from: ['abandoned'], to: 'before', path: 'M452 316 V198', words: [462, 262] },
  { from: LIVING, to: 'ended', path: 'M836 160 H992 V204', words: [904, 151], anchor: 'middle' },
  {
    from: ['abandoned'],
    to: 'ended',
    path: 'M516 345 H780 Q792 345 792 333 V247 Q792 235 804 235 H906',
    words: [648, 336],
    anchor: 'middle',
  },
  { from: ['ended'], to: 'archived', path: 'M992 264 V374', words: [1004, 324] },
];

/** The drawing, byte for byte. */
export function sessionLifecycleDrawing(table: Table = LIFECYCLE): string {
  checkArrows(table);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1136 480" role="img" aria-labelledby="title description">
<title id="title">The life of a session</title>
<desc id="description">${ARROWS.map((arrow) => `From ${arrow.from.join(', ')} to ${spoken(arrow.to)}: ${eventsOf(arrow, table).join(', ')}.`).join(' ')}</desc>
<style>
${STYLE}
</style>
<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path class="head" d="M1 1 L9 5 L1 9 Z"/></marker></defs>
<rect class="ground" x="0" y="0" width="1136" height="480" rx="16"/>
<rect class="group" x="44" y="54" width="792" height="142" rx="14"/>
${entrance(152)}
${entrance(432)}
${STATUSES.map(drawBox).join('\n')}
${ARROWS.map((arrow) => drawArrow(arrow, table)).join('\n')}
</svg>
`;
}

const STYLE = `  svg { --ground: #f6f4ee; --surface: #fffdf8; --ink: #10211f; --quiet: #4d625e; --line: #c4bda9; --lamp: #a85008; --good: #1d7a4d; --bad: #b3261e; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0c1a1c; --surface: #122527; --ink: #e9f2ee; --quiet: #93aba6; --line: #35585a; --lamp: #ffb454; --good: #5fd39a; --bad: #ff8a7a; }
  }
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: var(--quiet); }
  .name { font-size: 16px; font-weight: 600; fill: var(--ink); }
  .event { fill: var(--ink); stroke: var(--ground); stroke-width: 5; stroke-linejoin: round; paint-order: stroke; }
  .ground { fill: var(--ground); }
  .group { fill: none; stroke: var(--line); stroke-width: 1.5; stroke-dasharray: 5 5; }
  .status { fill: var(--surface); stroke: var(--quiet); stroke-width: 1.5; }
  .active .status { stroke: var(--good); stroke-width: 2.5; }
  .paused .status, .abandoned .status { stroke: var(--lamp); stroke-width: 2; }
  .ended .status, .archived .status { stroke: var(--bad); stroke-width: 2; }
  .arrow { fill: none; stroke: var(--quiet); stroke-width: 1.6; }
  .head, .start { fill: var(--quiet); }`;

function entrance(x: number): string {
  return `<circle class="start" cx="${x}" cy="34" r="5"/><path class="arrow" d="M${x} 39 V94" marker-end="url(#head)"/><text x="${x + 14}" y="39">created</text>`;
}

function drawBox(status: SessionStatus): string {
  const { at, note } = BOXES[status];
  const [x, y] = at;
  const middle = x + BOX.width / 2;
  return `<g class="${status}"><rect class="status" x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="10"/><text class="name" x="${middle}" y="${y + 25}" text-anchor="middle">${status}</text><text x="${middle}" y="${y + 44}" text-anchor="middle" style="font-size:12px">${note}</text></g>`;
}

function drawArrow(arrow: Arrow, table: Table): string {
  const [x, y] = arrow.words;
  const words = eventsOf(arrow, table).join(' · ') + (arrow.to === 'before' ? ': as it was' : '');
  return `<path class="arrow" d="${arrow.path}" marker-end="url(#head)"/><text class="event" x="${x}" y="${y}" text-anchor="${arrow.anchor ?? 'start'}">${words}</text>`;
}

function eventsOf({ from, to }: Arrow, table: Table): string[] {
  return LIFECYCLE_EVENTS.filter((event) => from.some((status) => table[status][event] === to));
}

function spoken(to: Arrow['to']): string {
  return to === 'before' ? 'what it was before' : to;
}

/** Every transition is drawn once, and nothing is drawn that the table does not hold. */
function checkArrows(table: Table): void {
  for (const from of STATUSES) {
    for (const to of [...STATUSES, 'before'] as const) {
      const happens = LIFECYCLE_EVENTS.some((event) => table[from][event] === to);
      const drawn = ARROWS.filter((arrow) => arrow.to === to && arrow.from.includes(from)).length;
      if (drawn !== (happens ? 1 : 0))
        throw new Error(`${from} -> ${to} is drawn ${drawn} times and ${happens ? 'happens' : 'does not happen'}`);
    }
  }
}

if (import.meta.main) {
  writeFileSync(join(ROOT, SESSION_LIFECYCLE_DRAWING), sessionLifecycleDrawing());
  writeFileSync(join(ROOT, SESSION_LIFECYCLE_PAGE), sessionLifecyclePage());
}
