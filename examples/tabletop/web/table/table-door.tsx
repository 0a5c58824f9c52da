import { useEffect, useState } from 'react';
import { explain, mayPass, type Harbour } from '../live/harbour.ts';
import type { Table } from '../live/table.ts';
import { Notice, type Problem } from '../parts/notice.tsx';
import { START_HREF } from '../route.ts';
import { NightWater } from '../start/night-water.tsx';
import { TablePage } from './table-page.tsx';

type Visit = { kind: 'joining'; attempt: number } | { kind: 'joined'; table: Table } | { kind: 'refused'; problem: Problem };

/** Joins the table of the address, and leaves it when the address changes. */
export function TableDoor({ harbour, session }: { harbour: Harbour; session: string }) {
  const [visit, setVisit] = useState<Visit>({ kind: 'joining', attempt: 1 });
  const attempt = visit.kind === 'joining' ? visit.attempt : undefined;
  const table = visit.kind === 'joined' ? visit.table : undefined;

  useEffect(() => {
    if (attempt === undefined) return;
    let gone = false;
    harbour.openTable(session).then(
      (opened) => (gone ? opened.close() : setVisit({ kind: 'joined', table: opened })),
      (error: unknown) =>
        gone || setVisit({ kind: 'refused', problem: problemOf(error, () => setVisit({ kind: 'joining', attempt: attempt + 1 })) }),
    );
    return () => {
      gone = true;
    };
  }, [harbour, session, attempt]);
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

function problemOf(error: unknown, again: () => void): Problem {
  const text = explain(error);
  return mayPass(error)
    ? { text, action: 'Try again', act: again }
    : { text, action: 'All tables', act: () => (location.hash = START_HREF) };
}
