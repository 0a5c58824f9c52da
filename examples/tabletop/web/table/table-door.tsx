import { useEffect, useState } from 'react';
import { rememberGuest } from '../live/guests.ts';
import { codeOf, explain, Harbour, mayPass } from '../live/harbour.ts';
import type { Identity } from '../live/identity.ts';
import type { Table } from '../live/table.ts';
import { Notice, type Problem } from '../parts/notice.tsx';
import { START_HREF } from '../route.ts';
import { NightWater } from '../start/night-water.tsx';
import { TablePage } from './table-page.tsx';

type Visit = { kind: 'joining'; attempt: number } | { kind: 'joined'; table: Table } | { kind: 'refused'; problem: Problem };
type Props = {
  harbour: Harbour;
  session: string;
  /** The guest that this browser was here before, for a table that is not open to everyone. */
  guest?: Identity | undefined;
};

/** Joins the table of the address, and leaves it when the address changes. */
export function TableDoor({ harbour, session, guest }: Props) {
  const [visit, setVisit] = useState<Visit>({ kind: 'joining', attempt: 1 });
  const attempt = visit.kind === 'joining' ? visit.attempt : undefined;
  const table = visit.kind === 'joined' ? visit.table : undefined;

  useEffect(() => {
    if (attempt === undefined) return;
    let gone = false;
    open({ harbour, session, guest }).then(
      (opened) => (gone ? opened.close() : setVisit({ kind: 'joined', table: opened })),
      (error: unknown) =>
        gone || setVisit({ kind: 'refused', problem: problemOf(error, () => setVisit({ kind: 'joining', attempt: attempt + 1 })) }),
    );
    return () => {
      gone = true;
    };
  }, [harbour, session, guest, attempt]);
  useEffect(() => () => table?.close(), [table]);

  if (table) return <TablePage table={table} />;
  return (
    <main className="door">
      <NightWater />
      {visit.kind === 'refused' ? (
        <Notice problem={visit.problem} />
      ) : (
        <p className="quiet" role="status">
          Taking a seat …
        </p>
      )}
    </main>
  );
}

async function open({ harbour, session, guest }: Props): Promise<Table> {
  try {
    return await harbour.openTable(session);
  } catch (error) {
    if (guest === undefined || codeOf(error) !== 'not-found') throw error;
    const table = await new Harbour(guest, { guest: true }).openTable(session);
    rememberGuest(session, guest);
    return table;
  }
}

function problemOf(error: unknown, again: () => void): Problem {
  const leave = () => (location.hash = START_HREF);
  if (mayPass(error)) return { text: explain(error), action: 'Try again', act: again };
  if (codeOf(error) === 'not-found')
    return { text: 'There is no such table, or it is for those who are invited.', action: 'All tables', act: leave };
  return { text: explain(error), action: 'All tables', act: leave };
}
