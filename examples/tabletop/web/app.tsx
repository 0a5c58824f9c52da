import { useHarbour } from './live/use-harbour.ts';
import { Notice } from './parts/notice.tsx';
import { useRoute } from './route.ts';
import { NightWater } from './start/night-water.tsx';
import { StartPage } from './start/start-page.tsx';
import { TableDoor } from './table/table-door.tsx';

/** The whole app: who one is first, since nothing is shown to nobody; then the page of the address. */
export function App() {
  const route = useRoute();
  const crossing = useHarbour();
  const { harbour, underWay, failure, become } = crossing;
  if (harbour && route.page === 'start') return <StartPage crossing={crossing} harbour={harbour} />;
  if (harbour && !underWay && route.page === 'table') {
    return <TableDoor key={`${harbour.identity.participant} ${route.session}`} harbour={harbour} session={route.session} />;
  }
  return (
    <main className="door">
      <NightWater />
      {failure ? (
        <Notice problem={{ text: failure, action: 'Try again', act: () => void become().catch(() => undefined) }} />
      ) : (
        <p className="quiet" role="status">
          Rowing over …
        </p>
      )}
    </main>
  );
}
