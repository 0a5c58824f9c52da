import { useSyncExternalStore } from 'react';

export type Route =
  | { page: 'start' }
  | { page: 'table'; session: string }
  | { page: 'campaign'; campaign: string }
  | { page: 'invitation'; token: string };

/** `#/t/<session>` is a table, `#/c/<id>` a campaign, `#invite=<token>` an invitation, everything else the start page. */
export function parseRoute(hash: string): Route {
  const [, kind, id = ''] = /^#(\/t\/|\/c\/|invite=)([\w-]{1,64})$/.exec(hash) ?? [];
  if (kind === '/t/') return { page: 'table', session: id };
  if (kind === '/c/') return { page: 'campaign', campaign: id };
  return kind === 'invite=' ? { page: 'invitation', token: id } : { page: 'start' };
}

export const tableHref = (session: string): string => `#/t/${session}`;
export const campaignHref = (campaign: string): string => `#/c/${campaign}`;
export const START_HREF = '#/';

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(onHashChange, () => location.hash));
}

function onHashChange(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}
