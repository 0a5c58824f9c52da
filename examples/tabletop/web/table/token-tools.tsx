import { useEffect, useRef, useState, type FormEvent } from 'react';
import { KINDS, type Kind, type Token } from '../../board.ts';
import { CARVINGS } from './carvings.tsx';
import { squareName } from './place.ts';

type Props = {
  selected: Token | undefined;
  onAdd: (name: string, kind: Kind) => void;
  onRemove: () => void;
};

/** What can be done to the board besides moving: put a token on it, take the chosen one away. */
export function TokenTools({ selected, onAdd, onRemove }: Props) {
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  return (
    <div className="token-tools">
      <button ref={opener} type="button" className="raised-button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span aria-hidden="true">+</span> Token
      </button>
      {selected && !open && (
        <div className="chosen">
          <bdi>{selected.name}</bdi> <small>{squareName(selected)}</small>
          <button type="button" className="quiet-button" onClick={onRemove}>
            Take away
          </button>
        </div>
      )}
      {open && (
        <NewToken
          onAdd={(name, kind) => {
            onAdd(name, kind);
            close();
          }}
          onClose={close}
        />
      )}
    </div>
  );
}

function NewToken({ onAdd, onClose }: { onAdd: (name: string, kind: Kind) => void; onClose: () => void }) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState<Kind>('figure');
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const add = (event: FormEvent) => {
    event.preventDefault();
    onAdd(name.trim() || CARVINGS[kind].label, kind);
  };
  return (
    <form className="new-token" aria-label="New token" onSubmit={add} onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <label className="field">
        <span>Name</span>
        <input
          ref={first}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={40}
          placeholder={CARVINGS[kind].label}
          dir="auto"
          autoComplete="off"
        />
      </label>
      <fieldset className="kinds">
        <legend className="unseen">Kind</legend>
        {KINDS.map((each) => (
          <label key={each}>
            <input type="radio" name="kind" value={each} checked={kind === each} onChange={() => setKind(each)} />
            <svg viewBox="0 0 24 24" aria-hidden="true">
              {CARVINGS[each].shape}
            </svg>
            <span>{CARVINGS[each].label}</span>
          </label>
        ))}
      </fieldset>
      <div className="row">
        <button type="submit" className="main-button">
          Put on the board
        </button>
        <button type="button" className="quiet-button" onClick={onClose}>
          Close
        </button>
      </div>
    </form>
  );
}
