import { useCallback, useEffect, useState } from 'react';
import { explain, Harbour } from './live/harbour.ts';
import { rememberedIdentity, takeName } from './live/identity.ts';
import { suggestName } from './live/suggestions.ts';
import { Notice } from './parts/notice.tsx';
import { useRoute } from './route.ts';
import { NightWater } from './start/night-water.tsx';
import { StartPage } from './start/start-page.tsx';
import { TableDoor } from './table/table-door.tsx';

/** The whole app: who one is first, since nothing is shown to nobody; then the page of the address. */
export function App() {
  const route = useRoute();
  const { harbour, failure, become } = useHarbour();
  if (!harbour) {
    return (
      <main className="door">
        <NightWater />
        {failure ? (
          <Notice problem={{ text: failure, action: 'Try again', act: () => become() }} />
        ) : (
          <p className="quiet">Rowing over …</p>
        )}
      </main>
    );
  }
  if (route.page === 'table')
    return <TableDoor key={`${harbour.identity.participant} ${route.session}`} harbour={harbour} session={route.session} />;
  return <StartPage harbour={harbour} onName={become} />;
}

/** The way to the server of this tab's person. A person without a name gets one, to be changed at will. */
function useHarbour() {
  const [harbour, setHarbour] = useState<Harbour>();
  const [failure, setFailure] = useState<string>();
  const become = useCallback(async (name?: string): Promise<Harbour | undefined> => {
    setFailure(undefined);
    try {
      const known = name === undefined ? rememberedIdentity() : undefined;
      const next = new Harbour(known ?? (await takeName(name ?? suggestName())));
      setHarbour(next);
      return next;
    } catch (error) {
      setFailure(explain(error));
      return undefined;
    }
  }, []);
  useEffect(() => void become(), [become]);
  useEffect(() => () => harbour?.client.close(), [harbour]);
  return { harbour, failure, become };
}
