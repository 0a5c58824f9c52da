import { useEffect, useState } from 'react';

/** A text to be handed on, with a button that puts it on the clipboard. */
export function CopyField({ label, text }: { label: string; text: string }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (said === '') return;
    const timer = setTimeout(() => setSaid(''), 2_500);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('Select and copy');
    }
  };
  return (
    <div className="copy-field">
      <input readOnly value={text} aria-label={label} onFocus={(event) => event.target.select()} />
      <button type="button" className="main-button" onClick={() => void copy()}>
        <span aria-live="polite">{said || 'Copy'}</span>
      </button>
    </div>
  );
}
