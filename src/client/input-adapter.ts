/**
 * Calls `fn` at once and whenever the person does something (`input`), or the page can no longer be seen (`hidden`). Where
 * neither can be known it never calls. The result stops it.
 */
export type OnInput = (fn: (what: 'input' | 'hidden') => void) => () => void;

const INPUTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'];

/** Pointers, keys, and whether the page is visible. Outside a browser nothing ever happens. */
export const onPageInput: OnInput = (fn) => {
  const page = typeof document === 'undefined' ? undefined : document;
  const stop = new AbortController();
  const look = () => page && fn(page.visibilityState === 'hidden' ? 'hidden' : 'input');
  page?.addEventListener('visibilitychange', look, { signal: stop.signal });
  for (const input of INPUTS) page?.addEventListener(input, () => fn('input'), { signal: stop.signal, capture: true, passive: true });
  look();
  return () => stop.abort();
};
