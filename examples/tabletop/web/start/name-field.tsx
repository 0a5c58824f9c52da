import { useState, type FormEvent } from 'react';
import type { Crossing } from '../live/use-harbour.ts';
import { Notice } from '../parts/notice.tsx';

type Props = { name: string; crossing: Crossing };

/** Who one is at the table. Another name is another person, in this tab only. */
export function NameField({ name, crossing }: Props) {
  const [text, setText] = useState(name);
  const wanted = text.trim();
  const changed = wanted !== '' && wanted !== name;
  const take = (event?: FormEvent) => {
    event?.preventDefault();
    // What went wrong is told by `failure`.
    if (changed) crossing.become(wanted).catch(() => undefined);
    else setText(name);
  };
  return (
    <form className="name-form" data-settled={!changed} onSubmit={take}>
      <label className="field">
        <span>Your name</span>
        <input
          value={text}
          onChange={(event) => setText(event.target.value)}
          onBlur={() => take()}
          maxLength={40}
          dir="auto"
          autoComplete="nickname"
          spellCheck={false}
        />
      </label>
      {crossing.failure ? (
        <Notice problem={{ text: crossing.failure, action: 'Try again', act: take }} />
      ) : (
        <p className="hint" role="status">
          {changed ? 'Press Enter to play under this name.' : 'Other tabs may play under other names.'}
        </p>
      )}
    </form>
  );
}
