import type { ReactNode } from 'react';

export const DICE = [4, 6, 8, 10, 12, 20, 100] as const;

/** Outline and inner edges of each die in a box of 48 by 48, seen from above, and where its number stands. */
const SHAPES: Readonly<Record<(typeof DICE)[number], { outline: string; edges: string; y: number }>> = {
  4: { outline: 'M24 4 45 41H3z', edges: 'M24 4V29M3 41l21-12 21 12', y: 37 },
  6: { outline: 'M10 5h28q5 0 5 5v28q0 5-5 5H10q-5 0-5-5V10q0-5 5-5z', edges: '', y: 31 },
  8: { outline: 'M24 2 44 14v20L24 46 4 34V14z', edges: 'M24 2 41 33H7zM4 34l3-1M44 34l-3-1M24 46 7 33M24 46l17-13M4 14 24 2', y: 28 },
  10: { outline: 'M24 2 45 19v10L24 46 3 29V19z', edges: 'M24 2 36 26 24 33 12 26zM3 29l9-3M45 29l-9-3M24 33v13', y: 26 },
  12: {
    outline: 'M24 2 38 7l8 12v14L37 43 24 46 11 43 2 33V19L10 7z',
    edges: 'M24 11 37 20 32 35H16L11 20zM24 2v9M46 19l-9 1M37 43l-5-8M11 43l5-8M2 19l9 1',
    y: 29,
  },
  20: {
    outline: 'M24 2 43 13v22L24 46 5 35V13z',
    edges: 'M24 12 36 33H12zM24 2v10M5 13l19-1 19 1M5 35l7-2 12 13 12-13 7 2M5 13l7 20M43 13l-7 20',
    y: 30,
  },
  100: { outline: 'M24 3a21 21 0 1 1 0 42 21 21 0 0 1 0-42z', edges: 'M24 9a15 15 0 1 1 0 30 15 15 0 0 1 0-30z', y: 29 },
};

const PIPS: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [[0, 0]],
  [
    [-1, -1],
    [1, 1],
  ],
  [
    [-1, -1],
    [0, 0],
    [1, 1],
  ],
  [
    [-1, -1],
    [1, -1],
    [-1, 1],
    [1, 1],
  ],
  [
    [-1, -1],
    [1, -1],
    [0, 0],
    [-1, 1],
    [1, 1],
  ],
  [
    [-1, -1],
    [1, -1],
    [-1, 0],
    [1, 0],
    [-1, 1],
    [1, 1],
  ],
];

type Props = {
  sides: number;
  /** What lies on top; absent on a die that is only a picture of itself. */
  face?: number;
};

/** One die. Dice of unusual sides are drawn as the nearest with at least as many. */
export function Die({ sides, face }: Props) {
  const known = DICE.find((each) => each >= sides) ?? 100;
  const { outline, edges, y } = SHAPES[known];
  return (
    <svg className="die" viewBox="0 0 48 48" aria-hidden="true" focusable="false" data-sides={known}>
      <path className="die-body" d={outline} />
      <path className="die-edges" d={edges} />
      {marksOf(known, face, y)}
    </svg>
  );
}

function marksOf(sides: number, face: number | undefined, y: number): ReactNode {
  if (sides === 6)
    return (PIPS[face ?? 5] ?? []).map(([dx, dy]) => (
      <circle key={`${dx} ${dy}`} className="pip" cx={24 + dx * 10} cy={24 + dy * 10} r="3.6" />
    ));
  if (face === undefined) return undefined;
  return (
    <text className="die-face" x="24" y={y} data-long={face > 99 || undefined}>
      {face}
    </text>
  );
}
