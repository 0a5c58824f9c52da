import { useState, type FormEvent } from 'react';
import type { ParticipantId } from 'holdfast/client';
import { spellRole, spellStanding, type Person } from '../live/people.ts';
import type { Table } from '../live/table.ts';
import type { House } from '../live/table-view.ts';
import { Avatar } from '../parts/avatar.tsx';
import { spellSpan } from '../parts/span-text.ts';
import { StandingMark } from '../parts/standing-mark.tsx';
import { useNow } from '../parts/use-now.ts';

const ROLES = [
  ['gm', 'GM'],
  ['player', 'Player'],
  ['spectator', 'Looks on'],
] as const;

type Props = { table: Table; people: readonly Person[]; self: Person; house: House };

/** The people as only the GM sees them: how each connection is, and what can be done about each person. */
export function DrawerPeople({ table, people, self, house }: Props) {
  const now = useNow(1_000);
  const bans = Object.entries(house.bans);
  return (
    <>
      <ul className="drawer-people" aria-label="People and their connections">
        {people.map((person) => (
          <PersonEntry key={person.id} table={table} person={person} now={now} untouchable={isUntouchable(person, self, house)} />
        ))}
      </ul>
      {bans.length > 0 && (
        <section className="drawer-part">
          <h3>Kept out</h3>
          <ul>
            {bans.map(([id, { name, reason }]) => (
              <li key={id} className="ban">
                <p>
                  <bdi>{name || id}</bdi> {reason !== null && <small dir="auto">{reason}</small>}
                </p>
                <button
                  type="button"
                  className="quiet-button"
                  onClick={() => table.manage((manage) => manage.unban({ participant: id as ParticipantId }))}
                >
                  Let back in
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** Nobody acts on the owner, and on another GM only the owner does. */
function isUntouchable(person: Person, self: Person, { owner }: House): boolean {
  return person.self || person.id === owner || (person.role === 'gm' && self.id !== owner);
}

type EntryProps = { table: Table; person: Person; now: number; untouchable: boolean };

function PersonEntry({ table, person, now, untouchable }: EntryProps) {
  const [asked, setAsked] = useState(false);
  const participant = person.id as ParticipantId;
  return (
    <li className="person-card">
      <Avatar id={person.id} name={person.name} />
      <div className="person-facts">
        <bdi title={person.name}>{person.name}</bdi>
        <small>
          <StandingMark standing={person.standing} doing={person.doing} />
          {[spellStanding(person), spellRole(person)].filter(Boolean).join(' · ')}
          {person.standing !== 'live' && person.since !== undefined && ` · for ${spellSpan(Math.max(0, now - person.since))}`}
        </small>
      </div>
      <LineTable person={person} now={now} />
      {!untouchable && (
        <div className="person-acts">
          <label className="field">
            <span className="unseen">Role of {person.name}</span>
            <select
              value={person.role}
              onChange={(event) => table.manage((manage) => manage.role({ participant, role: event.target.value }))}
            >
              {ROLES.map(([role, text]) => (
                <option key={role} value={role}>
                  {text}
                </option>
              ))}
            </select>
          </label>
          <button type="button" className="quiet-button" aria-expanded={asked} onClick={() => setAsked(!asked)}>
            Take off …
          </button>
        </div>
      )}
      {asked && <RemovalForm table={table} person={person} onClose={() => setAsked(false)} />}
    </li>
  );
}

function LineTable({ person: { lines, name, standing }, now }: { person: Person; now: number }) {
  const connected = standing === 'live' || standing === 'idle';
  if (lines.length === 0) return <small className="no-lines">{connected ? 'Measuring …' : 'No connection'}</small>;
  return (
    <table className="lines">
      <caption className="unseen">Connections of {name}</caption>
      <thead>
        <tr>
          <th scope="col">Round trip</th>
          <th scope="col">Heard</th>
          <th scope="col">Waiting</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ connection, rttMs, lastHeardMs, unsentBytes }) => (
          <tr key={connection}>
            <td>{rttMs === null ? '–' : `${Math.max(1, Math.round(rttMs))} ms`}</td>
            <td>{spellAgo(now - lastHeardMs)}</td>
            <td>{spellBytes(unsentBytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function spellAgo(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  return seconds < 60 ? `${seconds} s ago` : `${spellSpan(ms)} ago`;
}

function spellBytes(bytes: number): string {
  return bytes < 1_000 ? `${bytes} B` : `${Math.round(bytes / 1_000)} kB`;
}

function RemovalForm({ table, person, onClose }: { table: Table; person: Person; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const participant = person.id as ParticipantId;
  const why = reason.trim() === '' ? {} : { reason: reason.trim() };
  const kick = (event: FormEvent) => {
    event.preventDefault();
    table.manage((manage) => manage.kick({ participant, ...why }));
    onClose();
  };
  return (
    <form className="removal" onSubmit={kick}>
      <label className="field">
        <span>Why? Only who runs the table sees it.</span>
        <input value={reason} onChange={(event) => setReason(event.target.value)} maxLength={300} dir="auto" autoComplete="off" />
      </label>
      <div className="row">
        <button type="submit" className="danger-button">
          Kick
        </button>
        <button
          type="button"
          className="danger-button"
          onClick={() => {
            table.manage((manage) => manage.ban({ participant, ...why }));
            onClose();
          }}
        >
          Keep out
        </button>
        <button type="button" className="quiet-button" onClick={onClose}>
          Leave them
        </button>
      </div>
    </form>
  );
}
