import { useState, type FormEvent } from 'react';
import { explain, type Harbour } from '../live/harbour.ts';
import { suggestTable } from '../live/suggestions.ts';
import type { Crossing } from '../live/use-harbour.ts';
import { Notice } from '../parts/notice.tsx';
import { tableHref } from '../route.ts';
import { CampaignList } from './campaign-list.tsx';
import { NameField } from './name-field.tsx';
import { NightWater } from './night-water.tsx';
import { TableList } from './table-list.tsx';
import { useTables } from './use-tables.ts';

type Props = { crossing: Crossing; harbour: Harbour };

/** Where one says who one is, opens a table or sits down at another's. */
export function StartPage({ crossing, harbour }: Props) {
  const tables = useTables(harbour.client);
  return (
    <main className="start-page">
      <NightWater />
      <section className="welcome">
        <p className="brand">Holdfast tabletop</p>
        <h1>A table that holds, whatever the weather</h1>
        <p className="lead">
          A chart, a handful of dice and a log that all of you share. Close the lid, lose the network, pull the plug: the table keeps
          everything.
        </p>
        <NameField key={harbour.identity.participant} name={harbour.identity.name} crossing={crossing} />
        <NewTable arrived={crossing.arrived} />
      </section>
      <div className="start-lists">
        <section className="tables" aria-labelledby="tables-title">
          <h2 id="tables-title">Open tables</h2>
          <TableList tables={tables} self={harbour.identity.participant} />
        </section>
        <CampaignList client={harbour.client} arrived={crossing.arrived} />
      </div>
    </main>
  );
}

/** Opened by the person of the name that stands in the field above, even where it was typed a moment ago. */
function NewTable({ arrived }: Pick<Crossing, 'arrived'>) {
  const [suggested] = useState(suggestTable);
  const [name, setName] = useState('');
  const [byInvitation, setByInvitation] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const open = async (event?: FormEvent) => {
    event?.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      const harbour = await arrived();
      location.hash = tableHref(await harbour.createTable({ name: name.trim() || suggested, byInvitation }));
    } catch (error) {
      setFailure(explain(error));
      setBusy(false);
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
      <button type="submit" className="main-button" disabled={busy}>
        New table
      </button>
      <label className="check">
        <input type="checkbox" checked={byInvitation} onChange={(event) => setByInvitation(event.target.checked)} />
        <span>Only for those whom I invite</span>
      </label>
      {failure && <Notice problem={{ text: failure, action: 'Try again', act: () => void open() }} />}
    </form>
  );
}
