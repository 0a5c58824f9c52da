/** Calls `fn` when trying again at once is worthwhile. The result stops it. */
export type OnWake = (fn: () => void) => () => void;

/** The network came back, or the page became visible again. Outside a browser nothing ever happens. */
export const onPageWake: OnWake = (fn) => {
  const page = typeof document === 'undefined' ? undefined : document;
  const network = typeof window === 'undefined' ? undefined : window;
  const visible = () => {
    if (page?.visibilityState === 'visible') fn();
  };
  page?.addEventListener('visibilitychange', visible);
  network?.addEventListener('online', fn);
  return () => {
    page?.removeEventListener('visibilitychange', visible);
    network?.removeEventListener('online', fn);
  };
};
