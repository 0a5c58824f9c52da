import { useSyncExternalStore } from 'react';

export type Route = { page: 'start' } | { page: 'table'; session: string };

/** `#/t/<session>` is a table, everything else the start page. */
export function parseRoute(hash: string): Route {
  const session = /^#\/t\/([\w-]{1,64})$/.exec(hash)?.[1];
  return session ? { page: 'table', session } : { page: 'start' };
}

export const tableHref = (session: string): string => `#/t/${session}`;
export const START_HREF = '#/';

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(onHashChange, () => location.hash));
}

function onHashChange(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}
