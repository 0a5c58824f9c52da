import { BOARD } from '../../board.ts';
import type { Place } from '../live/paced-moves.ts';

/** The nearest whole place that is on the board, far enough in for a token to be seen whole. */
export function onBoard({ x, y }: Place): Place {
  const within = (value: number, end: number) => Math.round(Math.min(Math.max(value, 25), end - 25));
  return { x: within(x, BOARD.width), y: within(y, BOARD.height) };
}

/** The name of the square that holds a place: a letter across, a number down, as on the chart's frame. */
export function squareName({ x, y }: Place): string {
  return `${String.fromCharCode(65 + Math.floor(x / BOARD.square))}${1 + Math.floor(y / BOARD.square)}`;
}

const STEPS: Readonly<Record<string, Place>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** Where an arrow key takes a token: half a square, or a fine step of 5 with Shift. Undefined for other keys. */
export function keyStep(from: Place, key: string, fine: boolean): Place | undefined {
  const step = STEPS[key];
  const length = fine ? 5 : BOARD.square / 2;
  return step && onBoard({ x: from.x + step.x * length, y: from.y + step.y * length });
}

/** A free place near another: rings around it until nothing is closer than a token's width. */
export function freePlace(near: Place, taken: readonly Place[]): Place {
  for (let ring = 0; ring < 8; ring += 1) {
    for (let turn = 0; turn < Math.max(1, ring * 6); turn += 1) {
      const angle = (turn / Math.max(1, ring * 6)) * 2 * Math.PI;
      const place = onBoard({ x: near.x + Math.cos(angle) * ring * 55, y: near.y + Math.sin(angle) * ring * 55 });
      if (taken.every((other) => Math.hypot(other.x - place.x, other.y - place.y) >= 50)) return place;
    }
  }
  return onBoard(near);
}
