import type { SessionInfo } from 'holdfast/client';
import { Chart } from '../table/chart.tsx';
import { tableHref } from '../route.ts';
import type { Tables } from './use-tables.ts';

type Props = {
  tables: Tables;
  self: string;
  /** What to say where there is none. */
  empty?: string;
};

/** The tables that one can sit down at. One opened elsewhere slides in. */
export function TableList({ tables, self, empty = 'Open one here, or in another tab: it will appear by itself.' }: Props) {
  const { list, waiting } = tables;
  return (
    <div aria-live="polite" aria-busy={list === undefined}>
      {waiting && <p className="list-waiting">The server does not answer; this list goes on when it does.</p>}
      {list === undefined && !waiting && <p className="quiet">Looking out …</p>}
      {list?.length === 0 && (
        <div className="no-tables">
          <p>No table is open yet.</p>
          <p className="quiet">{empty}</p>
        </div>
      )}
      <ul className="berths">
        {list?.map((table) => (
          <li key={table.id} className="berth">
            <a href={tableHref(table.id)}>
              <span className="berth-chart">
                <Chart seed={table.id} />
              </span>
              <span className="berth-text">
                <bdi className="berth-name">{table.name}</bdi>
                <small>
                  {table.status === 'paused' && 'paused · '}
                  {table.access === 'invite' && 'by invitation · '}
                  {seatsText(table)} ·{' '}
                  {table.owner === self ? (
                    'run by you'
                  ) : (
                    <>
                      run by <bdi>{table.ownerName}</bdi>
                    </>
                  )}
                </small>
              </span>
              <span className="berth-join">{table.owner === self ? 'Return' : 'Join'}</span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A table for this many is as good as one without an end. */
const MANY_SEATS = 40;

/** How full a table is. */
export function seatsText({ seats, maxSeats }: Pick<SessionInfo, 'seats' | 'maxSeats'>): string {
  if (maxSeats !== null && maxSeats < MANY_SEATS)
    return seats >= maxSeats ? `all ${maxSeats} seats taken` : `${seats} of ${maxSeats} seats`;
  return seats === 0 ? 'nobody there' : seats === 1 ? '1 person' : `${seats} people`;
}
