import { useState, type FormEvent } from 'react';
import type { Secret } from '../../game.ts';
import type { PendingAct } from '../live/table-view.ts';
import { Time } from '../parts/time.tsx';

type Props = {
  secrets: Readonly<Record<string, Secret>>;
  pending: readonly PendingAct[];
  readOnly: boolean;
  onKeep: (text: string) => void;
  onReveal: (id: string) => void;
  onForget: (id: string) => void;
  onEnd: () => void;
  onClose: () => void;
};

/** What only the GM sees: the server sends these to nobody else until they are revealed. */
export function GmDrawer({ secrets, pending, readOnly, onKeep, onReveal, onForget, onEnd, onClose }: Props) {
  const entries = Object.entries(secrets).sort(([, a], [, b]) => b.at - a.at);
  const takenOut = new Set(pending.flatMap((act) => (act.kind === 'take-out' ? [act.id] : [])));
  const coming = pending.filter((act) => act.kind === 'secret');
  return (
    <aside className="drawer" aria-label="GM’s drawer">
      <header>
        <h2>GM’s drawer</h2>
        <button type="button" className="quiet-button" onClick={onClose}>
          Close
        </button>
        <p className="only-you">
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5z" fill="none" stroke="currentColor" strokeWidth="1.6" />
            <circle cx="10" cy="10" r="2.4" fill="currentColor" />
          </svg>
          Only the GM sees this. The server sends it to nobody else.
        </p>
      </header>
      {!readOnly && <KeepForm onKeep={onKeep} />}
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
                <button type="button" className="quiet-button" onClick={() => onReveal(id)}>
                  Tell everyone
                </button>
                <button type="button" className="quiet-button" onClick={() => onForget(id)}>
                  Throw away
                </button>
              </div>
            )}
          </li>
        ))}
      </ul>
      {!readOnly && <EndQuestion onEnd={onEnd} />}
    </aside>
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
