import { useBriefWord } from '../parts/use-brief-word.ts';

/** Hands out the table's address: by the phone's own sheet where there is one, else by the clipboard. */
export function ShareButton() {
  const [said, say] = useBriefWord();
  const share = async () => {
    try {
      if (matchMedia('(pointer: coarse)').matches && 'share' in navigator) return await navigator.share({ url: location.href });
      await navigator.clipboard.writeText(location.href);
      say('Link copied');
    } catch {
      say('Copy the address bar');
    }
  };
  return (
    <button type="button" className="raised-button share-button" onClick={() => void share()}>
      <LinkSign />
      <span className="long" aria-live="polite">
        {said || 'Copy link'}
      </span>
    </button>
  );
}

/** For the GM, who decides who comes in. */
export function InviteButton({ onInvite }: { onInvite: () => void }) {
  return (
    <button type="button" className="raised-button share-button" onClick={onInvite}>
      <LinkSign />
      <span className="long">Invite</span>
    </button>
  );
}

function LinkSign() {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <path
        d="M8 12a3.5 3.5 0 0 0 5 0l3-3a3.5 3.5 0 0 0-5-5l-1 1M12 8a3.5 3.5 0 0 0-5 0l-3 3a3.5 3.5 0 0 0 5 5l1-1"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
      />
    </svg>
  );
}
