import { useMemo, useState, useSyncExternalStore } from 'react';
import type { Table } from '../live/table.ts';
import { Hues, huesOf } from '../parts/hues.ts';
import { Notice, type Problem } from '../parts/notice.tsx';
import { START_HREF } from '../route.ts';
import { Board } from './board.tsx';
import { DiceStage } from './dice-stage.tsx';
import { DiceTray } from './dice-tray.tsx';
import { GmDrawer, type DrawerPart } from './gm-drawer.tsx';
import { Log } from './log.tsx';
import { PauseBar } from './pause-bar.tsx';
import { freePlace, squareName } from './place.ts';
import { ProfileDialog } from './profile-dialog.tsx';
import { Rail } from './rail.tsx';
import { isRemoval, RemovedDoor } from './removed-door.tsx';
import { InviteButton, ShareButton } from './share-button.tsx';
import { StatusPill } from './status-pill.tsx';
import { TokenTools } from './token-tools.tsx';
import { useTitle } from '../parts/use-title.ts';
import { useAnnouncements } from './use-announcements.ts';

export function TablePage({ table }: { table: Table }) {
  const view = useSyncExternalStore(table.subscribe, table.view);
  const [selected, setSelected] = useState<string>();
  const [drawer, setDrawer] = useState(false);
  const [part, setPart] = useState<DrawerPart>('Secrets');
  const [profile, setProfile] = useState(false);
  const [shown, setShown] = useState<'board' | 'log'>('board');
  const [announcement, announce] = useAnnouncements(view);
  useTitle(view.name);
  const hues = useMemo(() => huesOf(view.people), [view.people]);
  const gm = view.self.role === 'gm';
  const readOnly = view.link.kind === 'ended' || view.link.kind === 'stopped';
  const { pause } = view.house;
  const watching = readOnly || pause !== undefined || view.self.role === 'spectator';
  const secrets = view.state.secrets ?? {};
  const hidden = Object.keys(secrets).length;
  const chosen = selected === undefined ? undefined : view.state.tokens[selected];

  if (view.link.kind === 'stopped' && isRemoval(view.link.code)) return <RemovedDoor name={view.name} code={view.link.code} />;
  return (
    <Hues value={hues}>
      <main className="table-page" data-shown={shown}>
        <header className="table-bar">
          <div className="bar-row">
            <a className="back-link" href={START_HREF} aria-label="All tables">
              <svg viewBox="0 0 20 20" aria-hidden="true">
                <path
                  d="M12.5 4 6.5 10l6 6"
                  fill="none"
                  stroke="currentColor"
                  strokeWidth="2"
                  strokeLinecap="round"
                  strokeLinejoin="round"
                />
              </svg>
            </a>
            <h1>
              <bdi title={view.name}>{view.name}</bdi>
            </h1>
            {gm && !readOnly ? (
              <InviteButton
                onInvite={() => {
                  setPart('Invite');
                  setDrawer(true);
                }}
              />
            ) : (
              view.house.access === 'open' && <ShareButton />
            )}
            {gm && (
              <button type="button" className="raised-button" aria-expanded={drawer} onClick={() => setDrawer(!drawer)}>
                <span>
                  <span className="long">GM’s drawer</span>
                  <span className="short" aria-hidden="true">
                    GM
                  </span>
                </span>
                {hidden > 0 && <span className="count">{hidden}</span>}
              </button>
            )}
          </div>
          <div className="status-row">
            <StatusPill link={view.link} kept={view.pending.length} />
            <button type="button" className="raised-button view-switch" onClick={() => setShown(shown === 'board' ? 'log' : 'board')}>
              {shown === 'board' ? 'Log' : 'Board'}
            </button>
          </div>
        </header>
        <Rail people={view.people} over={readOnly} onOwn={readOnly ? undefined : () => setProfile(true)} />
        <div className="table-middle">
          <Board
            view={view}
            selected={selected}
            readOnly={watching}
            startMoves={(id) => table.startMoves(id)}
            onSelect={setSelected}
            onHold={(id) => table.hold(id)}
            onPut={(id, place) => announce(`${view.state.tokens[id]?.name ?? 'Token'} to ${squareName(place)}`)}
            onRemove={(id) => table.removeToken(id)}
          />
          {!watching && (
            <TokenTools
              selected={chosen}
              onAdd={(name, kind) =>
                setSelected(table.addToken(name, kind, freePlace({ x: 475, y: 325 }, Object.values(view.state.tokens))))
              }
              onRemove={() => {
                if (selected !== undefined) table.removeToken(selected);
                setSelected(undefined);
              }}
            />
          )}
          <DiceStage throws={view.throws} />
          <TableNotice table={table} />
        </div>
        <Log view={view} onSay={(text) => table.say(text)} onTyping={(is) => table.typing(is)} />
        {!watching && <DiceTray gm={gm} onRoll={(hand) => table.roll(hand)} />}
        {pause && !readOnly && <PauseBar pause={pause} onResume={gm ? () => table.manage((manage) => manage.resume()) : undefined} />}
        {gm && drawer && (
          <GmDrawer
            table={table}
            view={view}
            secrets={secrets}
            readOnly={readOnly}
            part={part}
            onPart={setPart}
            onClose={() => setDrawer(false)}
          />
        )}
        {profile && (
          <ProfileDialog
            self={view.self}
            hue={hues.get(view.self.id) ?? 0}
            onSave={(wish) => table.manage((manage) => manage.profile(wish))}
            onClose={() => setProfile(false)}
          />
        )}
        <p className="unseen" aria-live="polite" data-testid="announcer">
          {announcement}
        </p>
      </main>
    </Hues>
  );
}

/** What stands in the way, if anything does. */
function TableNotice({ table }: { table: Table }) {
  const { link, refusal } = useSyncExternalStore(table.subscribe, table.view);
  const leave = () => (location.hash = START_HREF);
  const problem: Problem | undefined =
    link.kind === 'stopped'
      ? link.code === 'left'
        ? { text: 'You left this table in another tab.', action: 'Come back', act: () => location.reload() }
        : { text: link.why, action: 'All tables', act: leave }
      : link.kind === 'ended'
        ? { text: 'This table has ended. You can still read everything.', action: 'All tables', act: leave, calm: true }
        : refusal && { text: refusal.text, action: 'All right', act: () => table.dismissRefusal() };
  return problem && <Notice problem={problem} />;
}
