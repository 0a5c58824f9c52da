// Draws docs/explanation/connection-lifecycle.svg and writes the page around it, from the table that runs.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LifecycleEventKind } from '../src/connection/lifecycle-events.ts';
import type { ConnectionState } from '../src/connection/lifecycle-states.ts';
import { EVENTS, exploreLifecycle, type LifecycleMap, STATES } from './explore-lifecycle.ts';
import { lifecyclePage } from './lifecycle-page.ts';
import { ROOT } from './run-tool.ts';

export const LIFECYCLE_PAGE = 'docs/explanation/connection-lifecycle.md';
export const LIFECYCLE_DRAWING = 'docs/explanation/connection-lifecycle.svg';

type Point = readonly [x: number, y: number];
type Arrow = {
  readonly from: readonly ConnectionState[];
  readonly to: ConnectionState;
  readonly path: string;
  /** Where the words begin, how they are set, and how many events a line holds. */
  readonly words: { readonly at: Point; readonly anchor?: 'middle' | 'end'; readonly perLine?: number };
  /** What `time-passed` means here. */
  readonly time?: string;
};

const BOX = { width: 164, height: 58 };
const BOXES: Readonly<Record<ConnectionState, { readonly at: Point; readonly note: string }>> = {
  connecting: { at: [68, 134], note: 'opens a transport' },
  connected: { at: [352, 134], note: 'no login presented' },
  authenticating: { at: [636, 134], note: 'login being decided' },
  live: { at: [932, 134], note: 'heard of recently' },
  suspect: { at: [932, 340], note: 'silent for long' },
  reconnecting: { at: [352, 340], note: 'within its window' },
  closed: { at: [352, 556], note: 'with a reason, for good' },
};
const UNDERWAY: readonly ConnectionState[] = ['connecting', 'connected', 'authenticating'];
const LOGGED_IN: readonly ConnectionState[] = ['live', 'suspect'];

const ARROWS: readonly Arrow[] = [
  { from: ['connecting'], to: 'connected', path: 'M232 163 H350', words: { at: [291, 154], anchor: 'middle' } },
  { from: ['connected'], to: 'authenticating', path: 'M516 163 H634', words: { at: [575, 154], anchor: 'middle' } },
  { from: ['authenticating'], to: 'live', path: 'M800 150 H930', words: { at: [866, 141], anchor: 'middle' } },
  { from: ['live'], to: 'suspect', path: 'M990 192 V338', words: { at: [980, 256], anchor: 'end' }, time: 'silence' },
  { from: ['suspect'], to: 'live', path: 'M1038 340 V194', words: { at: [1048, 256] } },
  { from: UNDERWAY, to: 'reconnecting', path: 'M434 210 V338', words: { at: [446, 236] }, time: 'too slow' },
  {
    from: LOGGED_IN,
    to: 'reconnecting',
    path: 'M916 383 H518',
    words: { at: [716, 403], anchor: 'middle', perLine: 2 },
    time: 'silence goes on',
  },
  {
    from: ['reconnecting'],
    to: 'live',
    path: 'M516 355 H872 Q884 355 884 343 V188 Q884 176 896 176 H930',
    words: { at: [716, 347], anchor: 'middle' },
  },
  {
    from: ['reconnecting'],
    to: 'connecting',
    path: 'M352 369 H162 Q150 369 150 357 V194',
    words: { at: [162, 262] },
    time: 'time to retry',
  },
  {
    from: STATES.filter((state) => state !== 'closed'),
    to: 'closed',
    path: 'M434 450 V554',
    words: { at: [446, 480], perLine: 4 },
    time: 'window over or too slow',
  },
];

/** The drawing, byte for byte. */
export function lifecycleDrawing(map: LifecycleMap = exploreLifecycle()): string {
  checkArrows(map);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1160 640" role="img" aria-labelledby="title description">
<title id="title">The lifecycle of a connection</title>
<desc id="description">${describe(map)}</desc>
<style>
${STYLE}
</style>
<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path class="head" d="M1 1 L9 5 L1 9 Z"/></marker></defs>
<rect class="ground" x="0" y="0" width="1160" height="640" rx="16"/>
<rect class="frame" x="28" y="28" width="1104" height="422" rx="18"/>
<rect class="group" x="52" y="116" width="764" height="94" rx="14"/>
<rect class="group" x="916" y="116" width="196" height="300" rx="14"/>
${start([150, 62], 'this end dials')}
${start([434, 62], 'a peer came')}
${STATES.map(drawBox).join('\n')}
${ARROWS.map((arrow) => drawArrow(arrow, map)).join('\n')}
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
  .frame { fill: none; stroke: var(--line); stroke-width: 1.5; }
  .group { fill: none; stroke: var(--line); stroke-width: 1.5; stroke-dasharray: 5 5; }
  .state { fill: var(--surface); stroke: var(--quiet); stroke-width: 1.5; }
  .live .state { stroke: var(--good); stroke-width: 2.5; }
  .suspect .state, .reconnecting .state { stroke: var(--lamp); stroke-width: 2; }
  .closed .state { stroke: var(--bad); stroke-width: 2; }
  .arrow { fill: none; stroke: var(--quiet); stroke-width: 1.6; }
  .head, .start { fill: var(--quiet); }`;

function drawBox(state: ConnectionState): string {
  const { at, note } = BOXES[state];
  const [x, y] = at;
  const middle = x + BOX.width / 2;
  return `<g class="${state}"><rect class="state" x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="10"/><text class="name" x="${middle}" y="${y + 25}" text-anchor="middle">${state}</text><text x="${middle}" y="${y + 44}" text-anchor="middle" style="font-size:12px">${note}</text></g>`;
}

function start([x, y]: Point, words: string): string {
  return `<circle class="start" cx="${x}" cy="${y}" r="5"/><path class="arrow" d="M${x} ${y + 5} V132" marker-end="url(#head)"/><text x="${x + 14}" y="${y + 5}">${words}</text>`;
}

function drawArrow(arrow: Arrow, map: LifecycleMap): string {
  const { at, anchor = 'start', perLine = 1 } = arrow.words;
  const words = wordsOf(arrow, map);
  const lines: string[] = [];
  for (let index = 0; index < words.length; index += perLine) lines.push(words.slice(index, index + perLine).join(' · '));
  const text = lines.map((line, index) => `<tspan x="${at[0]}" y="${at[1] + index * 18}">${line}</tspan>`).join('');
  return `<path class="arrow" d="${arrow.path}" marker-end="url(#head)"/><text class="event" text-anchor="${anchor}">${text}</text>`;
}

/** The events of an arrow, as words; one that only one of its states knows says so. */
function wordsOf(arrow: Arrow, map: LifecycleMap): string[] {
  return EVENTS.flatMap((kind) => {
    const states = arrow.from.filter((state) => map[state][kind].has(arrow.to));
    if (states.length === 0) return [];
    const word = kind === 'time-passed' && arrow.time !== undefined ? arrow.time : spoken(kind);
    return [states.length === 1 && arrow.from.length > 1 ? `${word} (${states[0]})` : word];
  });
}

function spoken(kind: LifecycleEventKind): string {
  return kind.replaceAll('-', ' ');
}

/** Every change of state that happens is drawn once, and nothing is drawn that does not happen. */
function checkArrows(map: LifecycleMap): void {
  for (const from of STATES) {
    for (const to of STATES) {
      const happens = from !== to && EVENTS.some((kind) => map[from][kind].has(to));
      const drawn = ARROWS.filter((arrow) => arrow.to === to && arrow.from.includes(from)).length;
      if (drawn !== (happens ? 1 : 0))
        throw new Error(`${from} -> ${to} is drawn ${drawn} times and ${happens ? 'happens' : 'does not happen'}`);
    }
  }
}

function describe(map: LifecycleMap): string {
  return ARROWS.map((arrow) => `From ${arrow.from.join(', ')} to ${arrow.to}: ${wordsOf(arrow, map).join(', ')}.`).join(' ');
}

if (import.meta.main) {
  const map = exploreLifecycle();
  writeFileSync(join(ROOT, LIFECYCLE_DRAWING), lifecycleDrawing(map));
  writeFileSync(join(ROOT, LIFECYCLE_PAGE), lifecyclePage(map));
}
