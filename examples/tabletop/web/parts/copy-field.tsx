import { useBriefWord } from './use-brief-word.ts';

/** A text to be handed on, with a button that puts it on the clipboard. */
export function CopyField({ label, text }: { label: string; text: string }) {
  const [said, say] = useBriefWord();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say('Copied');
    } catch {
      say('Select and copy');
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
