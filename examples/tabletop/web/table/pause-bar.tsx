import { spellPause, type Pause } from '../live/table-view.ts';
import { Time } from '../parts/time.tsx';

/** In the place of the dice while the table is paused: who, why, and for who may, the way on. */
export function PauseBar({ pause, onResume }: { pause: Pause; onResume: (() => void) | undefined }) {
  return (
    <section className="pause-bar" aria-label="Pause">
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <path d="M7 4v12M13 4v12" fill="none" stroke="currentColor" strokeWidth="2.6" strokeLinecap="round" />
      </svg>
      <p>
        <strong dir="auto">{spellPause(pause)}</strong>
        {pause.at !== undefined && (
          <small>
            since <Time at={pause.at} />. Everything stays where it is.
          </small>
        )}
      </p>
      {onResume && (
        <button type="button" className="main-button" onClick={onResume}>
          Resume
        </button>
      )}
    </section>
  );
}
