import { useEffect, useRef, useState, type FormEvent } from 'react';
import type { Person } from '../live/people.ts';
import { HUE_COLORS } from '../parts/hues.ts';

const COLOR_NAMES = ['Amber', 'Teal', 'Plum', 'Moss', 'Violet', 'Brick', 'Blue', 'Ochre'];

type Profile = { name: string; color: string | null };
type Props = { self: Person; hue: number; onSave: (profile: Profile) => void; onClose: () => void };

/** How one appears at this table. */
export function ProfileDialog({ self, hue, onSave, onClose }: Props) {
  const [name, setName] = useState(self.name);
  const [color, setColor] = useState<string>(HUE_COLORS[hue] ?? HUE_COLORS[0]);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const save = (event: FormEvent) => {
    event.preventDefault();
    onSave({ name: name.trim() || self.name, color });
    onClose();
  };
  return (
    <dialog ref={dialog} className="profile" aria-labelledby="profile-title" onClose={onClose}>
      <form onSubmit={save}>
        <h2 id="profile-title">You at this table</h2>
        <label className="field">
          <span>Name</span>
          <input value={name} onChange={(event) => setName(event.target.value)} maxLength={64} dir="auto" autoComplete="nickname" />
        </label>
        <fieldset className="swatches">
          <legend>Colour</legend>
          {HUE_COLORS.map((each, i) => (
            <label key={each} style={{ '--hue': `var(--hue-${i})` }}>
              <input type="radio" name="color" value={each} checked={color === each} onChange={() => setColor(each)} />
              <span className="swatch" aria-hidden="true" />
              <span className="unseen">{COLOR_NAMES[i]}</span>
            </label>
          ))}
        </fieldset>
        <div className="row">
          <button type="submit" className="main-button">
            Save
          </button>
          <button type="button" className="quiet-button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}
