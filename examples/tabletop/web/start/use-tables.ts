import type { Client, SessionInfo } from 'holdfast/client';
import { useEffect, useState } from 'react';

/** Tables, newest first, as they come and go; undefined until the server has answered. */
export type Tables = { list: readonly SessionInfo[] | undefined; waiting: boolean };

/**
 * The tables that can be played or will be again, those of a campaign where one is given. One stream a page, of those that
 * are played: browsers open no more than six to a server. A table that is paused leaves it, so that is when to look for those.
 */
export function useTables(client: Client, campaign?: string): Tables {
  const [tables, setTables] = useState<Tables>({ list: undefined, waiting: false });
  useEffect(() => {
    let latest: readonly SessionInfo[] = [];
    const stop = client.sessions.watch({ type: 'tabletop', status: 'active', campaign }, (active, state) => {
      if (state === 'waiting') return setTables(({ list }) => ({ list, waiting: true }));
      latest = active;
      client.sessions.list({ type: 'tabletop', status: 'paused', campaign }).then(
        ({ sessions: paused }) => active === latest && setTables({ list: merge(active, paused), waiting: false }),
        () => active === latest && setTables({ list: active, waiting: false }),
      );
    });
    return () => {
      latest = [];
      stop();
    };
  }, [client, campaign]);
  return tables;
}

/** What changed in between is in both, and the stream knows better. */
function merge(active: readonly SessionInfo[], paused: readonly SessionInfo[]): readonly SessionInfo[] {
  const known = new Set(active.map(({ id }) => id));
  return [...active, ...paused.filter(({ id }) => !known.has(id))].toSorted((a, b) => b.createdAt - a.createdAt);
}
