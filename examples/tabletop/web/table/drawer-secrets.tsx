import { useState, type FormEvent } from 'react';
import type { Secret } from '../../game.ts';
import type { Table } from '../live/table.ts';
import type { PendingAct } from '../live/table-view.ts';
import { Time } from '../parts/time.tsx';

type Props = {
  table: Table;
  secrets: Readonly<Record<string, Secret>>;
  pending: readonly PendingAct[];
  readOnly: boolean;
};

/** What the GM keeps from the others until it is told. */
export function DrawerSecrets({ table, secrets, pending, readOnly }: Props) {
  const entries = Object.entries(secrets).sort(([, a], [, b]) => b.at - a.at);
  const takenOut = new Set(pending.flatMap((act) => (act.kind === 'take-out' ? [act.id] : [])));
  const coming = pending.filter((act) => act.kind === 'secret');
  return (
    <>
      {!readOnly && <KeepForm onKeep={(text) => table.keepSecret(text)} />}
      {entries.length + coming.length === 0 && (
        <p className="quiet">The drawer is empty. Keep what the others must not know yet, or roll behind the screen.</p>
      )}
      <ul>
        {coming.map((act) => (
          <li key={act.key} className="secret pending">
            <p dir="auto">{act.text}</p>
            <small>on its way</small>
          </li>
        ))}
        {entries.map(([id, secret]) => (
          <li key={id} className={takenOut.has(id) ? 'secret pending' : 'secret'}>
            <p dir="auto">{secret.text}</p>
            <Time at={secret.at} />
            {!readOnly && !takenOut.has(id) && (
              <div className="row">
                <button type="button" className="quiet-button" onClick={() => table.reveal(id)}>
                  Tell everyone
                </button>
                <button type="button" className="quiet-button" onClick={() => table.forget(id)}>
                  Throw away
                </button>
              </div>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function KeepForm({ onKeep }: { onKeep: (text: string) => void }) {
  const [text, setText] = useState('');
  const keep = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === '') return;
    onKeep(text.trim());
    setText('');
  };
  return (
    <form className="say" onSubmit={keep}>
      <input
        value={text}
        onChange={(event) => setText(event.target.value)}
        maxLength={300}
        placeholder="A secret to keep"
        aria-label="A secret to keep"
        dir="auto"
        autoComplete="off"
      />
      <button type="submit" className="quiet-button" disabled={text.trim() === ''}>
        Keep
      </button>
    </form>
  );
}
