import type { Manage, Participant, ParticipantId, Session, SessionPresence } from 'holdfast/client';
import { useMemo, useState, useSyncExternalStore, type FormEvent } from 'react';
import { explain, type Harbour } from '../live/harbour.ts';
import { peopleOf, spellRole, spellStanding, type Person } from '../live/people.ts';
import { suggestTable } from '../live/suggestions.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Hues, huesOf } from '../parts/hues.ts';
import { InvitePanel } from '../parts/invite-panel.tsx';
import { Notice } from '../parts/notice.tsx';
import { StandingMark } from '../parts/standing-mark.tsx';
import { useTitle } from '../parts/use-title.ts';
import { START_HREF, tableHref } from '../route.ts';
import { NightWater } from '../start/night-water.tsx';
import { TableList } from '../start/table-list.tsx';
import { useTables } from '../start/use-tables.ts';
import { CampaignRecord } from './campaign-record.tsx';

type Props = { harbour: Harbour; session: Session };

/** A campaign: its tables, its people, and what is remembered. */
export function CampaignPage({ harbour, session }: Props) {
  const meta = useSyncExternalStore(session.subscribe, () => session.meta);
  const participants = useSyncExternalStore(session.subscribe, () => session.participants);
  const presence = useSyncExternalStore(session.subscribe, () => session.presence);
  const status = useSyncExternalStore(session.subscribe, () => session.status);
  const tables = useTables(harbour.client, session.id);
  const people = useMemo(() => membersOf(session, participants, presence), [session, participants, presence]);
  const hues = useMemo(() => huesOf(participants), [participants]);
  const [failure, setFailure] = useState<string>();
  useTitle(meta.name);
  const gm = session.self.role === 'gm';
  const manage: Manages = (act) => void act(session.manage).catch((error: unknown) => setFailure(explain(error)));

  if (status.state === 'closed') return <Gone name={meta.name} why={status.reason.message} />;
  return (
    <Hues value={hues}>
      <main className="start-page campaign-page">
        <NightWater />
        <header className="campaign-head">
          <a className="brand" href={START_HREF}>
            Holdfast tabletop
          </a>
          <h1>
            <bdi>{meta.name}</bdi>
          </h1>
          <About session={session} editable={gm} />
          {status.state === 'waiting' && <p className="list-waiting">The server does not answer; this page goes on when it does.</p>}
          {failure && <Notice problem={{ text: failure, action: 'All right', act: () => setFailure(undefined) }} />}
          {gm && <NewTable harbour={harbour} campaign={session.id} />}
        </header>
        <div className="start-lists">
          <section className="tables" aria-labelledby="tables-title">
            <h2 id="tables-title">Tables</h2>
            <TableList
              tables={tables}
              self={session.self.id}
              empty={gm ? 'Open one: every member finds it here.' : 'When a GM opens one, it appears here by itself.'}
            />
          </section>
          <section className="members" aria-labelledby="members-title">
            <h2 id="members-title">Members</h2>
            <ul>
              {people.map((person) => (
                <Member key={person.id} person={person} owner={meta.owner} gm={gm} manage={manage} />
              ))}
            </ul>
          </section>
          {gm && <Invitations harbour={harbour} session={session} people={people} manage={manage} />}
          <CampaignRecord client={harbour.client} campaign={session.id} tables={tables.list} />
        </div>
      </main>
    </Hues>
  );
}

type Manages = (act: (manage: Manage) => Promise<unknown>) => void;

function Invitations({ harbour, session, people, manage }: Props & { people: readonly Person[]; manage: Manages }) {
  return (
    <section className="campaign-invites" aria-labelledby="invites-title">
      <h2 id="invites-title">Invite</h2>
      <InvitePanel
        invites={session.meta.moderation?.invites ?? {}}
        nameOf={(id) => people.find((person) => person.id === id)?.name ?? 'someone who left'}
        onInvite={(wish) => harbour.client.invites.create({ campaign: session.id }, wish)}
        onRevoke={(invite) => manage((acts) => acts.revokeInvite({ invite }))}
      />
    </section>
  );
}

/** Nobody waits for a member to come back to this page: who is not here is gone. */
function membersOf(session: Session, participants: readonly Participant[], presence: SessionPresence): readonly Person[] {
  const people = peopleOf(participants, presence, session.self.id);
  return people.map((person) => (person.standing === 'reconnecting' ? { ...person, standing: 'gone' } : person));
}

/** What the campaign is about, in its GM's words. */
function About({ session, editable }: { session: Session; editable: boolean }) {
  const state = useSyncExternalStore(session.subscribe, () => session.state);
  const description = typeof state['description'] === 'string' ? state['description'] : '';
  const [text, setText] = useState<string>();
  if (text !== undefined) {
    const save = (event: FormEvent) => {
      event.preventDefault();
      void session.commands['describe']?.({ text: text.trim() }).catch(() => undefined);
      setText(undefined);
    };
    return (
      <form className="about-form" onSubmit={save}>
        <label className="field">
          <span>What it is about</span>
          <textarea value={text} onChange={(event) => setText(event.target.value)} maxLength={2_000} rows={4} dir="auto" />
        </label>
        <button type="submit" className="raised-button">
          Save
        </button>
      </form>
    );
  }
  return (
    <div className="about">
      {description !== '' && (
        <p className="lead" dir="auto">
          {description}
        </p>
      )}
      {editable && (
        <button type="button" className="quiet-button" onClick={() => setText(description)}>
          {description === '' ? 'Say what it is about' : 'Change'}
        </button>
      )}
    </div>
  );
}

function NewTable({ harbour, campaign }: { harbour: Harbour; campaign: string }) {
  const [suggested] = useState(suggestTable);
  const [name, setName] = useState('');
  const [failure, setFailure] = useState<string>();
  const open = async (event: FormEvent) => {
    event.preventDefault();
    try {
      location.hash = tableHref(await harbour.createTable({ name: name.trim() || suggested, campaign }));
    } catch (error) {
      setFailure(explain(error));
    }
  };
  return (
    <form className="new-table" onSubmit={(event) => void open(event)}>
      <label className="field">
        <span>Name of the table</span>
        <input
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={80}
          placeholder={suggested}
          dir="auto"
          autoComplete="off"
        />
      </label>
      <button type="submit" className="main-button">
        New table
      </button>
      {failure && <Notice problem={{ text: failure, action: 'All right', act: () => setFailure(undefined) }} />}
    </form>
  );
}

type MemberProps = { person: Person; owner: string; gm: boolean; manage: Manages };

function Member({ person, owner, gm, manage }: MemberProps) {
  const participant = person.id as ParticipantId;
  const [asked, setAsked] = useState(false);
  const touchable = gm && !person.self && person.id !== owner;
  return (
    <li className="member">
      <span className="ringed" data-standing={person.standing}>
        <Avatar id={person.id} name={person.name} />
      </span>
      <p>
        <bdi title={person.name}>{person.name}</bdi>
        <small>
          <StandingMark standing={person.standing} doing={undefined} />
          {[spellStanding({ ...person, doing: undefined }), spellRole(person), person.id === owner ? 'owner' : '']
            .filter(Boolean)
            .join(' · ')}
        </small>
      </p>
      {touchable && (
        <select
          aria-label={`Role of ${person.name}`}
          value={asked ? 'out' : person.role}
          onChange={({ target: { value } }) => {
            setAsked(value === 'out');
            if (value !== 'out') manage((acts) => acts.role({ participant, role: value }));
          }}
        >
          <option value="player">Player</option>
          <option value="gm">GM</option>
          <option value="spectator">Looks on</option>
          <option value="out">Take out …</option>
        </select>
      )}
      {asked && (
        <div className="row member-out">
          <button type="button" className="danger-button" onClick={() => manage((acts) => acts.kick({ participant }))}>
            Take out of the campaign and its tables
          </button>
          <button type="button" className="quiet-button" onClick={() => setAsked(false)}>
            Leave them
          </button>
        </div>
      )}
    </li>
  );
}

function Gone({ name, why }: { name: string; why: string }) {
  return (
    <main className="door">
      <NightWater />
      <div className="door-words">
        <h1>
          <bdi>{name}</bdi>
        </h1>
        <Notice problem={{ text: why, action: 'All tables', act: () => (location.hash = START_HREF) }} />
      </div>
    </main>
  );
}
