/** Calls `fn` when trying again at once is worthwhile, and with `offline` when the network is said to be gone. The result stops it. */
export type OnWake = (fn: (what?: 'offline') => void) => () => void;

/** The network came back or went, or the page became visible again. Outside a browser nothing ever happens. */
export const onPageWake: OnWake = (fn) => {
  const page = typeof document === 'undefined' ? undefined : document;
  const stop = new AbortController();
  const until = { signal: stop.signal };
  page?.addEventListener('visibilitychange', () => page.visibilityState === 'visible' && fn(), until);
  page?.defaultView?.addEventListener('online', () => fn(), until);
  page?.defaultView?.addEventListener('offline', () => fn('offline'), until);
  return () => stop.abort();
};
