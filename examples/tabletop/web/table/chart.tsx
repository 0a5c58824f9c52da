import { memo, useId, useMemo } from 'react';
import { BOARD } from '../../board.ts';
import { outline, sample } from './contours.ts';
import { seabed, type Seabed } from './seabed.ts';
import { seeded } from './seeded.ts';

/** Levels from the shallows' edge up to the hills, deepest first; each has its class in chart.css. */
const LEVELS = [-0.62, -0.48, -0.33, -0.18, 0, 0.18] as const;

type Props = { seed: string; fine?: boolean };

/** The waters under a table, drawn like a sea chart. `fine` adds what only a large picture has room for. */
export const Chart = memo(function Chart({ seed, fine = false }: Props) {
  const drawn = useMemo(() => {
    const bed = seabed(seed);
    const grid = sample(bed, fine ? 10 : 25);
    return { outlines: LEVELS.map((level) => outline(grid, level)), soundings: fine ? soundings(bed, seed) : [] };
  }, [seed, fine]);
  return (
    <svg
      className="chart"
      viewBox={`0 0 ${BOARD.width} ${BOARD.height}`}
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      focusable="false"
    >
      <rect className="deep" width={BOARD.width} height={BOARD.height} />
      {drawn.outlines.map((d, level) => (
        <path key={level} className={`level level-${level}`} d={d} />
      ))}
      {fine && <Squares />}
      {drawn.soundings.map(({ x, y, fathoms }) => (
        <text key={`${x} ${y}`} className="sounding" x={x} y={y}>
          {fathoms}
        </text>
      ))}
      <Lamplight fine={fine} />
      {fine && <CompassRose x={118} y={588} />}
      {fine && <Neatline />}
    </svg>
  );
});

function Squares() {
  const { width, height, square } = BOARD;
  let d = '';
  for (let x = square; x < width; x += square) d += `M${x} 0V${height}`;
  for (let y = square; y < height; y += square) d += `M0 ${y}H${width}`;
  return <path className="squares" d={d} />;
}

/** Depths, scattered like a survey boat's: none on land, none where two would touch. */
function soundings(bed: Seabed, seed: string): { x: number; y: number; fathoms: number }[] {
  const random = seeded(`${seed} soundings`);
  const found: { x: number; y: number; fathoms: number }[] = [];
  for (let row = 50; row < BOARD.height - 30; row += 66) {
    for (let column = 55; column < BOARD.width - 40; column += 82) {
      const x = Math.round(column + random() * 46 - 23);
      const y = Math.round(row + random() * 34 - 17);
      const height = bed(x, y);
      const underRose = Math.hypot(x - 118, y - 588) < 96;
      if (height < -0.09 && !underRose) found.push({ x, y, fathoms: Math.max(1, Math.round(-height * 34)) });
    }
  }
  return found;
}

function Lamplight({ fine }: { fine: boolean }) {
  const id = useId();
  return (
    <g>
      <radialGradient id={id} className="lamplight">
        <stop offset="0" stopOpacity="0.6" />
        <stop offset="0.25" stopOpacity="0.22" />
        <stop offset="1" stopOpacity="0" />
      </radialGradient>
      <circle cx="775" cy="150" r={fine ? 210 : 260} fill={`url(#${id})`} />
      {fine && <path className="sector" d="M775 150L540 58M775 150L700 396M554 105A224 224 0 0 0 705 363" />}
      <circle className="lamp" cx="775" cy="150" r={fine ? 5 : 14} />
    </g>
  );
}

function CompassRose({ x, y }: { x: number; y: number }) {
  const point = (angle: number, length: number, half: number) => (
    <g key={angle} transform={`rotate(${angle})`}>
      <path className="rose-dark" d={`M0 ${-length}L${half} ${-half}L0 0Z`} />
      <path className="rose-light" d={`M0 ${-length}L${-half} ${-half}L0 0Z`} />
    </g>
  );
  const ticks = Array.from({ length: 72 }, (_, i) => (
    <path key={i} transform={`rotate(${i * 5})`} d={`M0 -66V${i % 6 === 0 ? -58 : -62}`} />
  ));
  return (
    <g className="rose" transform={`translate(${x} ${y})`}>
      <circle r="66" />
      <circle r="50" />
      {ticks}
      {[45, 135, 225, 315].map((angle) => point(angle, 40, 8))}
      {[0, 90, 180, 270].map((angle) => point(angle, 56, 10))}
      <text y="-72">N</text>
    </g>
  );
}

/** The frame of a chart: a scale of light and dark stretches, one for each square, with the squares' names. */
function Neatline() {
  const { width, height, square } = BOARD;
  const across = Array.from({ length: width / square }, (_, i) => i);
  const down = Array.from({ length: height / square }, (_, i) => i);
  return (
    <g className="neatline">
      {across.map((i) => (
        <g key={i} className={i % 2 ? 'even' : 'odd'}>
          <rect x={i * square} y="0" width={square} height="6" />
          <rect x={i * square} y={height - 6} width={square} height="6" />
          <text x={i * square + square / 2} y="19">
            {String.fromCharCode(65 + i)}
          </text>
        </g>
      ))}
      {down.map((i) => (
        <g key={i} className={i % 2 ? 'odd' : 'even'}>
          <rect x="0" y={i * square} width="6" height={square} />
          <rect x={width - 6} y={i * square} width="6" height={square} />
          <text x="15" y={i * square + square / 2 + 4}>
            {i + 1}
          </text>
        </g>
      ))}
      <rect className="frame" x="0.5" y="0.5" width={width - 1} height={height - 1} />
      <rect className="frame" x="6" y="6" width={width - 12} height={height - 12} />
    </g>
  );
}
