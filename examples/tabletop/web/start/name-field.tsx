import { useState, type FormEvent } from 'react';

type Props = { name: string; onName: (name: string) => Promise<unknown> };

/** Who one is at the table. Another name is another person, in this tab only. */
export function NameField({ name, onName }: Props) {
  const [text, setText] = useState(name);
  const wanted = text.trim();
  const changed = wanted !== '' && wanted !== name;
  const take = (event?: FormEvent) => {
    event?.preventDefault();
    if (changed) void onName(wanted);
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
      <p className="hint" role="status">
        {changed ? 'Press Enter to play under this name.' : 'Other tabs may play under other names.'}
      </p>
    </form>
  );
}
