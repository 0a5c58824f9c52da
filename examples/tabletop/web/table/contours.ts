import { BOARD } from '../../board.ts';
import type { Seabed } from './seabed.ts';

type Point = readonly [x: number, y: number];
type Grid = { readonly step: number; readonly columns: number; readonly rows: number; readonly heights: Float64Array };

/** Heights at the corners of squares `step` wide, with a rim outside the board that lies below every level, so that outlines close. */
export function sample(bed: Seabed, step: number): Grid {
  const columns = Math.ceil(BOARD.width / step) + 5;
  const rows = Math.ceil(BOARD.height / step) + 5;
  const heights = new Float64Array(columns * rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const rim = row === 0 || column === 0 || row === rows - 1 || column === columns - 1;
      heights[row * columns + column] = rim ? -9 : bed((column - 2) * step, (row - 2) * step);
    }
  }
  return { step, columns, rows, heights };
}

/** The outline of everything above `level`, as the path data of closed curves (marching squares). */
export function outline(grid: Grid, level: number): string {
  const next = new Map<string, { to: string; at: Point }>();
  for (let row = 0; row < grid.rows - 1; row += 1) {
    for (let column = 0; column < grid.columns - 1; column += 1) addSquare(grid, level, column, row, next);
  }
  return closedCurves(next).map(curve).join('');
}

/** Sides of a square in order: top, right, bottom, left; for each of the 16 cases the sides that the outline joins, land on its left. */
const JOINS: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [[3, 2]],
  [[2, 1]],
  [[3, 1]],
  [[1, 0]],
  [
    [3, 0],
    [1, 2],
  ],
  [[2, 0]],
  [[3, 0]],
  [[0, 3]],
  [[0, 2]],
  [
    [0, 1],
    [2, 3],
  ],
  [[0, 1]],
  [[1, 3]],
  [[1, 2]],
  [[2, 3]],
  [],
];

function addSquare(grid: Grid, level: number, column: number, row: number, next: Map<string, { to: string; at: Point }>): void {
  const height = (i: number, j: number) => grid.heights[(row + j) * grid.columns + column + i] ?? -9;
  const corners = [height(0, 0), height(1, 0), height(1, 1), height(0, 1)] as const;
  const [a, b, c, d] = corners.map((h) => h > level);
  const joins = JOINS[(a ? 8 : 0) | (b ? 4 : 0) | (c ? 2 : 0) | (d ? 1 : 0)] ?? [];
  for (const [from, to] of joins) {
    const at = crossing(corners, level, from);
    next.set(sideName(column, row, from), {
      to: sideName(column, row, to),
      at: [(column - 2 + at[0]) * grid.step, (row - 2 + at[1]) * grid.step],
    });
  }
}

function crossing([a, b, c, d]: readonly [number, number, number, number], level: number, side: number): Point {
  const part = (from: number, to: number) => (level - from) / (to - from || 1);
  if (side === 0) return [part(a, b), 0];
  if (side === 1) return [1, part(b, c)];
  if (side === 2) return [part(d, c), 1];
  return [0, part(a, d)];
}

/** A side is shared by two squares and has one name. */
function sideName(column: number, row: number, side: number): string {
  if (side === 0) return `h${column},${row}`;
  if (side === 1) return `v${column + 1},${row}`;
  if (side === 2) return `h${column},${row + 1}`;
  return `v${column},${row}`;
}

function closedCurves(next: Map<string, { to: string; at: Point }>): Point[][] {
  const curves: Point[][] = [];
  for (const start of next.keys()) {
    const points: Point[] = [];
    for (let side = start, link = next.get(side); link; side = link.to, link = next.get(side)) {
      points.push(link.at);
      next.delete(side);
    }
    if (points.length > 5) curves.push(points);
  }
  return curves;
}

/** Quadratic curves through the middles of the sides: smooth, and never outside them. */
function curve(points: readonly Point[]): string {
  const middles = points.map((point, i) => {
    const after = points[(i + 1) % points.length] ?? point;
    return [(point[0] + after[0]) / 2, (point[1] + after[1]) / 2] as const;
  });
  const first = middles.at(-1) ?? [0, 0];
  return `M${print(first)}${points.map((point, i) => `Q${print(point)} ${print(middles[i] ?? point)}`).join('')}Z`;
}

const print = ([x, y]: Point) => `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
