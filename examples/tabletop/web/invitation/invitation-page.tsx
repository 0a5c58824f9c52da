import { createClient, type InvitePreview } from 'holdfast/client';
import { useEffect, useState, type FormEvent } from 'react';
import { guestOfBrowser, rememberGuest } from '../live/guests.ts';
import { codeOf, explain, Harbour, mayPass } from '../live/harbour.ts';
import { rememberedIdentity, takeName, type Identity } from '../live/identity.ts';
import { Notice } from '../parts/notice.tsx';
import { useTitle } from '../parts/use-title.ts';
import { campaignHref, START_HREF, tableHref } from '../route.ts';
import { NightWater } from '../start/night-water.tsx';
import { seatsText } from '../start/table-list.tsx';
import { Chart } from '../table/chart.tsx';

type Found = { kind: 'looking' } | { kind: 'found'; preview: InvitePreview } | { kind: 'failed'; error: unknown };

/** Where the link of an invitation leads: what it is to, and the way in. */
export function InvitationPage({ token }: { token: string }) {
  const [found, setFound] = useState<Found>({ kind: 'looking' });
  const [tries, setTries] = useState(1);
  useTitle('Invitation');
  useEffect(() => {
    let gone = false;
    withNobody((client) => client.invites.preview(token)).then(
      (preview) => gone || setFound({ kind: 'found', preview }),
      (error: unknown) => gone || setFound({ kind: 'failed', error }),
    );
    return () => {
      gone = true;
    };
  }, [token, tries]);

  return (
    <main className="door">
      <NightWater />
      {found.kind === 'looking' && (
        <p className="quiet" role="status">
          Reading the invitation …
        </p>
      )}
      {found.kind === 'failed' && <Refused error={found.error} again={() => setTries(tries + 1)} />}
      {found.kind === 'found' && <Invitation token={token} preview={found.preview} />}
    </main>
  );
}

function Refused({ error, again }: { error: unknown; again: () => void }) {
  if (mayPass(error)) return <Notice problem={{ text: explain(error), action: 'Try again', act: again }} />;
  const invalid = codeOf(error) === 'invite-invalid';
  const text = invalid ? 'This invitation is not valid, or no longer. Ask for a new link.' : explain(error);
  return <Notice problem={{ text, action: 'All tables', act: () => (location.hash = START_HREF) }} />;
}

function Invitation({ token, preview: { session, role } }: { token: string; preview: InvitePreview }) {
  const campaign = session.type === 'campaign';
  const known = campaign ? undefined : guestOfBrowser(session.id);
  return (
    <article className="invitation">
      <div className="invitation-chart">
        <Chart seed={session.id} />
      </div>
      <div className="invitation-words">
        <p className="brand">
          <bdi>{session.ownerName}</bdi> invites you {campaign ? 'into the campaign' : 'to the table'}
        </p>
        <h1>
          <bdi>{session.name}</bdi>
        </h1>
        <p className="quiet">
          {seatsText(session)}
          {session.status === 'paused' && ' · paused at the moment'} · you come {COMING[role] ?? `as ${role}`}
        </p>
        {known && (
          <button type="button" className="main-button" onClick={() => goAsGuest(session.id, known)}>
            Return as <bdi>{known.name}</bdi>
          </button>
        )}
        <JoinForm token={token} session={session} again={known !== undefined} />
      </div>
    </article>
  );
}

const COMING: Readonly<Record<string, string>> = { player: 'as a player', gm: 'as a GM', spectator: 'to look on' };

function JoinForm({ token, session, again }: { token: string; session: InvitePreview['session']; again: boolean }) {
  const [name, setName] = useState(() => rememberedIdentity()?.name ?? '');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const join = async (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '') return;
    setBusy(true);
    setFailure(undefined);
    try {
      await (session.type === 'campaign' ? joinCampaign(token, session.id, name.trim()) : joinTable(token, session.id, name.trim()));
    } catch (error) {
      setFailure(explain(error));
      setBusy(false);
    }
  };
  return (
    <form className="join-form" onSubmit={(event) => void join(event)}>
      <label className="field">
        <span>{again ? 'Or come as somebody else' : 'Your name there'}</span>
        <input
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={40}
          placeholder="How shall they call you?"
          dir="auto"
          autoComplete="nickname"
          spellCheck={false}
        />
      </label>
      <button type="submit" className={again ? 'raised-button' : 'main-button'} disabled={busy || name.trim() === ''}>
        {session.type === 'campaign' ? 'Join the campaign' : 'Take a seat'}
      </button>
      {failure && <Notice problem={{ text: failure, action: 'All right', act: () => setFailure(undefined) }} />}
    </form>
  );
}

async function joinTable(token: string, session: string, name: string): Promise<void> {
  const guest = await withNobody((client) => client.invites.redeem(token, { name }));
  goAsGuest(session, { name, token: guest.token, participant: guest.participant.id });
}

/** A campaign lasts, so it takes somebody who does. */
async function joinCampaign(token: string, campaign: string, name: string): Promise<void> {
  const { client } = new Harbour(await takeName(name));
  try {
    const mine = await client.campaigns.list();
    if (!mine.some(({ id }) => id === campaign)) await client.campaigns.join(campaign, { invite: token });
  } finally {
    client.close();
  }
  location.replace(campaignHref(campaign));
}

/** The token leaves the address, and does not come back with the back button. */
function goAsGuest(session: string, guest: Identity): void {
  rememberGuest(session, guest);
  location.replace(tableHref(session));
}

async function withNobody<T>(use: (client: ReturnType<typeof createClient>) => Promise<T>): Promise<T> {
  const client = createClient({ url: location.origin });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
