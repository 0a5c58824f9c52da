import type { Session } from 'holdfast/client';
import { useEffect, useState } from 'react';
import { codeOf, explain, mayPass, type Harbour } from '../live/harbour.ts';
import { Notice, type Problem } from '../parts/notice.tsx';
import { START_HREF } from '../route.ts';
import { NightWater } from '../start/night-water.tsx';
import { CampaignPage } from './campaign-page.tsx';

type Visit = { kind: 'joining'; attempt: number } | { kind: 'joined'; session: Session } | { kind: 'refused'; error: unknown };

/** Opens the campaign of the address, for its members. Going away from the page leaves no campaign. */
export function CampaignDoor({ harbour, campaign }: { harbour: Harbour; campaign: string }) {
  const [visit, setVisit] = useState<Visit>({ kind: 'joining', attempt: 1 });
  const attempt = visit.kind === 'joining' ? visit.attempt : undefined;
  useEffect(() => {
    if (attempt === undefined) return;
    let gone = false;
    harbour.openCampaign(campaign).then(
      (session) => gone || setVisit({ kind: 'joined', session }),
      (error: unknown) => gone || setVisit({ kind: 'refused', error }),
    );
    return () => {
      gone = true;
    };
  }, [harbour, campaign, attempt]);

  if (visit.kind === 'joined') return <CampaignPage harbour={harbour} session={visit.session} />;
  return (
    <main className="door">
      <NightWater />
      {visit.kind === 'refused' ? (
        <Notice problem={problemOf(visit.error, () => setVisit({ kind: 'joining', attempt: 1 }))} />
      ) : (
        <p className="quiet" role="status">
          Opening the book …
        </p>
      )}
    </main>
  );
}

function problemOf(error: unknown, again: () => void): Problem {
  if (mayPass(error)) return { text: explain(error), action: 'Try again', act: again };
  const text = codeOf(error) === 'not-found' ? 'There is no such campaign, or you are not one of its members.' : explain(error);
  return { text, action: 'All tables', act: () => (location.hash = START_HREF) };
}
