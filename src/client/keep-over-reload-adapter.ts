/**
 * A text that outlives a reload of the page, in its tab alone: gives what an earlier page of this tab left under `key`, and
 * leaves what `read` gives when this page goes. While the page lives nothing lies there, so a duplicated tab finds nothing.
 */
export type KeepOverReload = (key: string, read: () => string | undefined) => string | undefined;

/** By `sessionStorage`. Where there is none, and where it is forbidden, nothing outlives a reload. */
export const keepOverReload: KeepOverReload = (key, read) => {
  const page = typeof document === 'undefined' ? undefined : document.defaultView;
  if (!page) return undefined;
  const take = (): string | undefined => {
    const text = page.sessionStorage.getItem(key) ?? undefined;
    page.sessionStorage.removeItem(key);
    return text;
  };
  try {
    const left = take();
    page.addEventListener('pagehide', () => {
      const text = read();
      if (text !== undefined) page.sessionStorage.setItem(key, text);
    });
    // A page that is shown again as it was goes on with what it has in memory.
    page.addEventListener('pageshow', ({ persisted }) => persisted && take());
    return left;
  } catch {
    return undefined;
  }
};
