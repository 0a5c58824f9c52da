import { useMemo, useState, useSyncExternalStore } from 'react';
import type { Table } from '../live/table.ts';
import { Hues, huesOf } from '../parts/hues.ts';
import { Notice, type Problem } from '../parts/notice.tsx';
import { START_HREF } from '../route.ts';
import { Board } from './board.tsx';
import { DiceStage } from './dice-stage.tsx';
import { DiceTray } from './dice-tray.tsx';
import { GmDrawer } from './gm-drawer.tsx';
import { Log } from './log.tsx';
import { freePlace, squareName } from './place.ts';
import { Rail } from './rail.tsx';
import { ShareButton } from './share-button.tsx';
import { StatusPill } from './status-pill.tsx';
import { TokenTools } from './token-tools.tsx';
import { useTitle } from '../parts/use-title.ts';
import { useAnnouncements } from './use-announcements.ts';

export function TablePage({ table }: { table: Table }) {
  const view = useSyncExternalStore(table.subscribe, table.view);
  const [selected, setSelected] = useState<string>();
  const [drawer, setDrawer] = useState(false);
  const [shown, setShown] = useState<'board' | 'log'>('board');
  const [announcement, announce] = useAnnouncements(view);
  useTitle(view.name);
  const hues = useMemo(() => huesOf(view.people.map((person) => person.id)), [view.people]);
  const gm = view.self.role === 'gm';
  const readOnly = view.link.kind === 'ended' || view.link.kind === 'stopped';
  const watching = readOnly || view.self.role === 'spectator';
  const secrets = view.state.secrets ?? {};
  const hidden = Object.keys(secrets).length;
  const chosen = selected === undefined ? undefined : view.state.tokens[selected];

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
            <ShareButton />
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
        <Rail people={view.people} />
        <div className="table-middle">
          <Board
            view={view}
            selected={selected}
            readOnly={watching}
            startMoves={(id) => table.startMoves(id)}
            onSelect={setSelected}
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
        <Log view={view} onSay={(text) => table.say(text)} />
        {!watching && <DiceTray gm={gm} onRoll={(hand) => table.roll(hand)} />}
        {gm && drawer && (
          <GmDrawer
            secrets={secrets}
            pending={view.pending}
            readOnly={readOnly}
            onKeep={(text) => table.keepSecret(text)}
            onReveal={(id) => table.reveal(id)}
            onForget={(id) => table.forget(id)}
            onEnd={() => table.end()}
            onClose={() => setDrawer(false)}
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
