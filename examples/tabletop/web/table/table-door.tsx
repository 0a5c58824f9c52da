import { useEffect, useState } from 'react';
import { explain, type Harbour } from '../live/harbour.ts';
import type { Table } from '../live/table.ts';
import { Notice } from '../parts/notice.tsx';
import { START_HREF } from '../route.ts';
import { NightWater } from '../start/night-water.tsx';
import { TablePage } from './table-page.tsx';

type Visit = { kind: 'joining' } | { kind: 'joined'; table: Table } | { kind: 'refused'; why: string };

/** Joins the table of the address, and leaves it when the address changes. */
export function TableDoor({ harbour, session }: { harbour: Harbour; session: string }) {
  const [visit, setVisit] = useState<Visit>({ kind: 'joining' });
  useEffect(() => {
    let gone = false;
    let table: Table | undefined;
    harbour.openTable(session).then(
      (opened) => {
        table = opened;
        if (gone) opened.close();
        else setVisit({ kind: 'joined', table: opened });
      },
      (error: unknown) => gone || setVisit({ kind: 'refused', why: explain(error) }),
    );
    return () => {
      gone = true;
      table?.close();
    };
  }, [harbour, session]);

  if (visit.kind === 'joined') return <TablePage table={visit.table} />;
  return (
    <main className="door">
      <NightWater />
      {visit.kind === 'joining' ? (
        <p className="quiet" role="status">
          Taking a seat …
        </p>
      ) : (
        <Notice problem={{ text: visit.why, action: 'All tables', act: () => (location.hash = START_HREF) }} />
      )}
    </main>
  );
}
