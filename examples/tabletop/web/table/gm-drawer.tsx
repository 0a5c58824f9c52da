import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { Secret } from '../../game.ts';
import type { Table } from '../live/table.ts';
import type { TableView } from '../live/table-view.ts';
import { InvitePanel } from '../parts/invite-panel.tsx';
import { DrawerPeople } from './drawer-people.tsx';
import { DrawerSecrets } from './drawer-secrets.tsx';
import { DrawerTable } from './drawer-table.tsx';

export const DRAWER_PARTS = ['Secrets', 'People', 'Invite', 'Table'] as const;
export type DrawerPart = (typeof DRAWER_PARTS)[number];

type Props = {
  table: Table;
  view: TableView;
  secrets: Readonly<Record<string, Secret>>;
  readOnly: boolean;
  part: DrawerPart;
  onPart: (part: DrawerPart) => void;
  onClose: () => void;
};

/** What only the GM sees and does: the server sends the secrets to nobody else until they are told. */
export function GmDrawer(props: Props) {
  const { readOnly, part, onPart, onClose } = props;
  const parts = readOnly ? DRAWER_PARTS.slice(0, 1) : DRAWER_PARTS;
  const shown = parts.includes(part) ? part : 'Secrets';
  const drawer = useRef<HTMLElement>(null);
  // Whoever opens it by keys goes on in it, and comes back to where they were.
  useEffect(() => {
    const before = document.activeElement;
    const find = (what: string) => drawer.current?.querySelector<HTMLElement>(what);
    (find('[aria-selected=true]') ?? find('button'))?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <aside ref={drawer} className="drawer" aria-label="GM’s drawer" onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <header>
        <h2>GM’s drawer</h2>
        <button type="button" className="quiet-button" onClick={onClose}>
          Close
        </button>
        <p className="only-you">
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5z" fill="none" stroke="currentColor" strokeWidth="1.6" />
            <circle cx="10" cy="10" r="2.4" fill="currentColor" />
          </svg>
          Only the GM sees this. The server sends it to nobody else.
        </p>
      </header>
      {parts.length > 1 && <Tabs parts={parts} shown={shown} onPart={onPart} />}
      <div className="drawer-body" id="drawer-body" role="tabpanel" aria-label={shown} tabIndex={-1}>
        <Part {...props} part={shown} />
      </div>
    </aside>
  );
}

function Tabs({ parts, shown, onPart }: { parts: readonly DrawerPart[]; shown: DrawerPart; onPart: (part: DrawerPart) => void }) {
  const step = (event: KeyboardEvent<HTMLElement>) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = parts[(parts.indexOf(shown) + by + parts.length) % parts.length];
    if (by === 0 || next === undefined) return;
    onPart(next);
    event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')[parts.indexOf(next)]?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label="Parts of the drawer" onKeyDown={step}>
      {parts.map((part) => (
        <button
          key={part}
          type="button"
          role="tab"
          aria-selected={part === shown}
          aria-controls="drawer-body"
          tabIndex={part === shown ? 0 : -1}
          onClick={() => onPart(part)}
        >
          {part}
        </button>
      ))}
    </div>
  );
}

function Part({ table, view, secrets, readOnly, part }: Props) {
  const [nameOf] = useState(() => rememberedNames());
  switch (part) {
    case 'Secrets':
      return <DrawerSecrets table={table} secrets={secrets} pending={view.pending} readOnly={readOnly || view.link.kind === 'paused'} />;
    case 'People':
      return <DrawerPeople table={table} people={view.people} self={view.self} house={view.house} />;
    case 'Invite':
      return (
        <InvitePanel
          invites={view.house.invites}
          nameOf={(id) => nameOf(view, id)}
          onInvite={(wish) => table.invite(wish)}
          onRevoke={(invite) => table.manage((manage) => manage.revokeInvite({ invite }))}
        />
      );
    case 'Table':
      return <DrawerTable key={view.name} table={table} name={view.name} house={view.house} />;
  }
}

/** Names of people, also of those who have left since. */
function rememberedNames(): (view: TableView, id: string) => string {
  const known = new Map<string, string>();
  return ({ people, house }, id) => {
    for (const person of people) known.set(person.id, person.name);
    return known.get(id) ?? house.bans[id]?.name ?? 'someone who left';
  };
}
