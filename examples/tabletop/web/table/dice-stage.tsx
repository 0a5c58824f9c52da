import { useEffect, useState } from 'react';
import type { Throw } from '../live/table-view.ts';
import { Die } from './die.tsx';
import { seeded } from './seeded.ts';

/** How long dice roll before they lie. */
export const TUMBLE_MS = 900;
const FLIPS = 9;

/** Throws, tumbling over the water to the server's result: the same faces on the same way for everyone. */
export function DiceStage({ throws }: { throws: readonly Throw[] }) {
  return (
    <div className="stage">
      {throws.slice(-2).map((each) => (
        <Tumble key={each.id} thrown={each} />
      ))}
    </div>
  );
}

function Tumble({ thrown }: { thrown: Throw }) {
  const [settled, setSettled] = useState(stillness.matches);
  useEffect(() => {
    const settle = setTimeout(() => setSettled(true), TUMBLE_MS);
    return () => clearTimeout(settle);
  }, []);
  const random = seeded(thrown.id);
  return (
    <figure className="throw" data-settled={settled} data-testid="throw">
      <div className="throw-dice" data-many={thrown.faces.length > 6 || undefined}>
        {thrown.faces.map((face, i) => (
          <span
            key={i}
            className="thrown"
            style={{
              '--from-x': `${Math.round(random() * 240 - 320)}px`,
              '--from-y': `${Math.round(random() * 120 + 90)}px`,
              '--spin': `${Math.round(random() * 540 + 400)}deg`,
              '--lie': `${Math.round(random() * 24 - 12)}deg`,
            }}
          >
            <TumblingDie sides={thrown.sides} face={face} settled={settled} seed={`${thrown.id} ${i}`} />
          </span>
        ))}
      </div>
      <figcaption>
        <bdi>{thrown.name}</bdi>
        <strong>{settled ? thrown.total : '…'}</strong>
      </figcaption>
    </figure>
  );
}

function TumblingDie({ sides, face, settled, seed }: { sides: number; face: number; settled: boolean; seed: string }) {
  const [flip, setFlip] = useState(0);
  useEffect(() => {
    if (settled) return;
    const turning = setInterval(() => setFlip((before) => before + 1), TUMBLE_MS / FLIPS);
    return () => clearInterval(turning);
  }, [settled]);
  return <Die sides={sides} face={settled ? face : 1 + Math.floor(seeded(`${seed} ${flip}`)() * sides)} />;
}

const stillness = matchMedia('(prefers-reduced-motion: reduce)');
