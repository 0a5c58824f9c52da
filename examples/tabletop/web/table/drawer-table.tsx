import { useState, type FormEvent } from 'react';
import type { Table } from '../live/table.ts';
import { spellPause, type House } from '../live/table-view.ts';

type Props = { table: Table; name: string; house: House };

/** What is done to the table as a whole. */
export function DrawerTable({ table, name, house }: Props) {
  return (
    <>
      <OneLine
        label="Name of the table"
        first={name}
        most={80}
        action="Rename"
        onDone={(text) => table.manage((manage) => manage.rename({ name: text }))}
      />
      <label className="switch">
        <input
          type="checkbox"
          role="switch"
          checked={house.locked}
          onChange={(event) => table.manage((manage) => manage.lock({ locked: event.target.checked }))}
        />
        <span>
          Locked <small>Nobody new comes in; who is here comes and goes as before.</small>
        </span>
      </label>
      {house.pause ? (
        <div className="drawer-part">
          <p dir="auto">{spellPause(house.pause)}</p>
          <button type="button" className="main-button" onClick={() => table.manage((manage) => manage.resume())}>
            Resume
          </button>
        </div>
      ) : (
        <OneLine
          label="Why the break? Everyone sees it."
          first=""
          most={120}
          action="Pause"
          empty
          onDone={(text) => table.manage((manage) => manage.pause(text === '' ? {} : { reason: text }))}
        />
      )}
      <EndQuestion onEnd={() => table.manage((manage) => manage.end())} />
    </>
  );
}

type OneLineProps = {
  label: string;
  first: string;
  most: number;
  action: string;
  /** May be left empty. */
  empty?: boolean;
  onDone: (text: string) => void;
};

function OneLine({ label, first, most, action, empty = false, onDone }: OneLineProps) {
  const [text, setText] = useState(first);
  const wanted = text.trim();
  const ready = empty || (wanted !== '' && wanted !== first);
  const done = (event: FormEvent) => {
    event.preventDefault();
    if (ready) onDone(wanted);
  };
  return (
    <form className="one-line" onSubmit={done}>
      <label className="field">
        <span>{label}</span>
        <input value={text} onChange={(event) => setText(event.target.value)} maxLength={most} dir="auto" autoComplete="off" />
      </label>
      <button type="submit" className="raised-button" disabled={!ready}>
        {action}
      </button>
    </form>
  );
}

/** Ending is for good, so it is asked twice. */
function EndQuestion({ onEnd }: { onEnd: () => void }) {
  const [asked, setAsked] = useState(false);
  return (
    <div className="drawer-end row">
      {asked ? (
        <>
          <button type="button" className="danger-button" onClick={onEnd}>
            End it for everyone
          </button>
          <button type="button" className="quiet-button" onClick={() => setAsked(false)}>
            Keep playing
          </button>
        </>
      ) : (
        <button type="button" className="quiet-button" onClick={() => setAsked(true)}>
          End this table …
        </button>
      )}
    </div>
  );
}
