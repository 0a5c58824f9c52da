import { useState } from 'react';
import { spell, type Hand } from '../live/table.ts';
import { DICE, Die } from './die.tsx';

type Props = { gm: boolean; onRoll: (hand: Hand) => void };

/** The dice, within a thumb's reach: choose one, how many, what to add, and throw. */
export function DiceTray({ gm, onRoll }: Props) {
  const [hand, setHand] = useState<Hand>({ count: 1, sides: 20, modifier: 0, secret: false });
  const change = (part: Partial<Hand>) => setHand((before) => ({ ...before, ...part }));
  return (
    <form
      className="tray"
      aria-label="Dice"
      onSubmit={(event) => {
        event.preventDefault();
        onRoll(hand);
      }}
    >
      <fieldset className="tray-dice">
        <legend className="unseen">Which dice</legend>
        {DICE.map((sides) => (
          <label key={sides} className="tray-die">
            <input type="radio" name="sides" value={sides} checked={hand.sides === sides} onChange={() => change({ sides })} />
            <Die sides={sides} />
            <span>d{sides}</span>
          </label>
        ))}
      </fieldset>
      <Stepper
        label="Number of dice"
        value={`${hand.count}×`}
        down={() => change({ count: Math.max(1, hand.count - 1) })}
        up={() => change({ count: Math.min(20, hand.count + 1) })}
      />
      <Stepper
        label="Modifier"
        value={hand.modifier < 0 ? `−${-hand.modifier}` : `+${hand.modifier}`}
        down={() => change({ modifier: Math.max(-99, hand.modifier - 1) })}
        up={() => change({ modifier: Math.min(99, hand.modifier + 1) })}
      />
      {gm && (
        <label className="screen-switch">
          <input type="checkbox" checked={hand.secret} onChange={(event) => change({ secret: event.target.checked })} />
          <span>Behind the screen</span>
        </label>
      )}
      <button type="submit" className="roll-button">
        Roll <span>{spell(hand)}</span>
      </button>
    </form>
  );
}

function Stepper({ label, value, down, up }: { label: string; value: string; down: () => void; up: () => void }) {
  return (
    <div className="stepper" role="group" aria-label={label}>
      <button type="button" onClick={down} aria-label={`${label}: one less`}>
        <span aria-hidden="true">−</span>
      </button>
      <output>{value}</output>
      <button type="button" onClick={up} aria-label={`${label}: one more`}>
        <span aria-hidden="true">+</span>
      </button>
    </div>
  );
}
