import type { Client, SessionInfo } from 'holdfast/client';
import { useEffect, useState } from 'react';

/** The open tables, newest first, as they come and go; undefined until the server has answered. */
export type Tables = { list: readonly SessionInfo[] | undefined; waiting: boolean };

export function useTables(client: Client): Tables {
  const [tables, setTables] = useState<Tables>({ list: undefined, waiting: false });
  useEffect(
    () =>
      client.sessions.watch({ type: 'tabletop', status: 'active' }, (list, state) =>
        setTables((before) => (state === 'waiting' ? { list: before.list, waiting: true } : { list, waiting: false })),
      ),
    [client],
  );
  return tables;
}
