/** The root of a server's routes, wherever it is mounted: from `https://host`, `wss://host/prefix`, or relative to the page. */
export function rootOf(url: string): string {
  const page = typeof location === 'undefined' ? undefined : location.href;
  // `ws` and `wss` differ from the schemes of pages in their first letters alone.
  return `${new URL(url, page).href.replace(/\/*([?#].*)?$/, '').replace(/^ws/, 'http')}/v1/`;
}

/** Where sessions are joined. */
export function connectUrl(root: string): string {
  return `${root.replace('http', 'ws')}connect`;
}
