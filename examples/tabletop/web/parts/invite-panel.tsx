import { useState, type FormEvent } from 'react';
import type { InviteFacts, InviteWish, NewInvite } from 'holdfast/client';
import { explain } from '../live/harbour.ts';
import { CopyField } from './copy-field.tsx';
import { Notice } from './notice.tsx';
import { spellExpiry } from './span-text.ts';

const HOUR = 3_600_000;
const EXPIRIES = [
  ['1 hour', HOUR],
  ['1 day', 24 * HOUR],
  ['7 days', 7 * 24 * HOUR],
  ['No end', null],
] as const;
const USES = [
  ['1 person', 1],
  ['5 people', 5],
  ['Any number', null],
] as const;
const ROLES = [
  ['Player', 'player'],
  ['Looks on', 'spectator'],
  ['GM', 'gm'],
] as const;

type Props = {
  invites: Readonly<Record<string, InviteFacts>>;
  nameOf: (participant: string) => string;
  onInvite: (wish: InviteWish) => Promise<NewInvite>;
  onRevoke: (invite: string) => void;
};

/** Links that let people in: made, handed on, counted and revoked. */
export function InvitePanel({ invites, nameOf, onInvite, onRevoke }: Props) {
  const [made, setMade] = useState<NewInvite>();
  const [failure, setFailure] = useState<string>();
  const entries = Object.entries(invites).sort(([, a], [, b]) => b.at - a.at);
  const invite = async (wish: InviteWish) => {
    setFailure(undefined);
    try {
      setMade(await onInvite(wish));
    } catch (error) {
      setFailure(explain(error));
    }
  };
  return (
    <div className="invites">
      <InviteForm onInvite={(wish) => void invite(wish)} />
      {failure && <Notice problem={{ text: failure, action: 'All right', act: () => setFailure(undefined) }} />}
      {made && invites[made.invite]?.revoked !== true && (
        <div className="new-invite" role="status">
          <p>Send them this link. It is shown this once.</p>
          <CopyField label="Link of the invitation" text={made.link} />
        </div>
      )}
      {entries.length === 0 && <p className="quiet">Nobody has been invited by link yet.</p>}
      <ul aria-label="Invitations">
        {entries.map(([id, each]) => (
          <InviteEntry key={id} invite={each} nameOf={nameOf} onRevoke={() => onRevoke(id)} />
        ))}
      </ul>
    </div>
  );
}

function InviteForm({ onInvite }: { onInvite: (wish: InviteWish) => void }) {
  const [role, setRole] = useState<string>('player');
  const [uses, setUses] = useState(2);
  const [expiry, setExpiry] = useState(2);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onInvite({ role, uses: USES[uses]?.[1] ?? null, expiresInMs: EXPIRIES[expiry]?.[1] ?? null });
  };
  return (
    <form className="invite-form" onSubmit={submit}>
      <label className="field">
        <span>They come as</span>
        <select value={role} onChange={(event) => setRole(event.target.value)}>
          {ROLES.map(([text, value]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <Choice label="Good for" choices={USES} value={uses} onChange={setUses} />
      <Choice label="Ends after" choices={EXPIRIES} value={expiry} onChange={setExpiry} />
      <button type="submit" className="main-button">
        Make a link
      </button>
    </form>
  );
}

type ChoiceProps = { label: string; choices: readonly (readonly [string, unknown])[]; value: number; onChange: (value: number) => void };

function Choice({ label, choices, value, onChange }: ChoiceProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(Number(event.target.value))}>
        {choices.map(([text], i) => (
          <option key={text} value={i}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

type EntryProps = { invite: InviteFacts; nameOf: (participant: string) => string; onRevoke: () => void };

function InviteEntry({ invite, nameOf, onRevoke }: EntryProps) {
  const { role, uses, used, expiresAt, revoked, usedBy } = invite;
  const users = Object.keys(usedBy);
  const state = revoked ? 'revoked' : uses !== null && used >= uses ? 'used up' : spellExpiry(expiresAt, Date.now());
  const over = revoked === true || state === 'used up' || state === 'expired';
  return (
    <li className="invite" data-over={over || undefined}>
      <p>
        <strong>{ROLES.find(([, value]) => value === role)?.[0] ?? role}</strong>{' '}
        <span className="quiet">
          {uses === null ? `${used} used` : `${used} of ${uses} used`} · {state}
        </span>
        {users.length > 0 && (
          <small>
            Used by{' '}
            {users.map((user, i) => (
              <span key={user}>
                {i > 0 && ', '}
                <bdi>{nameOf(user)}</bdi>
              </span>
            ))}
          </small>
        )}
      </p>
      {!over && (
        <button type="button" className="quiet-button" onClick={onRevoke}>
          Revoke
        </button>
      )}
    </li>
  );
}
