import { useEffect, useState } from 'react';

const SHOWN_MS = 2_500;

/** A word that is shown for a moment; empty when nothing is to be said. */
export function useBriefWord(): [said: string, say: (word: string) => void] {
  const [said, say] = useState('');
  useEffect(() => {
    if (said === '') return;
    const timer = setTimeout(() => say(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return [said, say];
}
