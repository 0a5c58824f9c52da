import { useMemo } from 'react';
import { CampaignDoor } from './campaign/campaign-door.tsx';
import { InvitationPage } from './invitation/invitation-page.tsx';
import { guestHere, guestOfBrowser } from './live/guests.ts';
import { Harbour } from './live/harbour.ts';
import type { Identity } from './live/identity.ts';
import { useHarbour } from './live/use-harbour.ts';
import { Notice } from './parts/notice.tsx';
import { useRoute, type Route } from './route.ts';
import { NightWater } from './start/night-water.tsx';
import { StartPage } from './start/start-page.tsx';
import { TableDoor } from './table/table-door.tsx';

/** The whole app: an invitation needs nobody yet, a guest is somebody at one table, everyone else says who they are first. */
export function App() {
  const route = useRoute();
  if (route.page === 'invitation') return <InvitationPage key={route.token} token={route.token} />;
  const guest = route.page === 'table' ? guestHere(route.session) : undefined;
  if (guest && route.page === 'table') return <GuestDoor key={guest.participant} guest={guest} session={route.session} />;
  return <NamedPage route={route} />;
}

function GuestDoor({ guest, session }: { guest: Identity; session: string }) {
  const harbour = useMemo(() => new Harbour(guest, { guest: true }), [guest.participant]);
  return <TableDoor harbour={harbour} session={session} />;
}

function NamedPage({ route }: { route: Exclude<Route, { page: 'invitation' }> }) {
  const crossing = useHarbour();
  const { harbour, underWay, failure, become } = crossing;
  if (harbour && route.page === 'start') return <StartPage crossing={crossing} harbour={harbour} />;
  if (harbour && !underWay && route.page === 'table') {
    const { session } = route;
    return (
      <TableDoor key={`${harbour.identity.participant} ${session}`} harbour={harbour} session={session} guest={guestOfBrowser(session)} />
    );
  }
  if (harbour && !underWay && route.page === 'campaign') {
    const { campaign } = route;
    return <CampaignDoor key={`${harbour.identity.participant} ${campaign}`} harbour={harbour} campaign={campaign} />;
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
