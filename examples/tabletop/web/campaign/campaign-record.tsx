import type { Client, SessionInfo, SessionRecord } from 'holdfast/client';
import { useEffect, useState } from 'react';
import { spellSpan } from '../parts/span-text.ts';

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

type Props = { client: Client; campaign: string; tables: readonly SessionInfo[] | undefined };

/** What the campaign's tables are remembered by: who was there, how long, and what happened. */
export function CampaignRecord({ client, campaign, tables }: Props) {
  const [records, setRecords] = useState<readonly SessionRecord[]>();
  useEffect(() => {
    let gone = false;
    client.campaigns.history(campaign).then(
      ({ sessions }) => gone || setRecords(sessions.filter(({ endedAt }) => endedAt !== null)),
      () => gone || setRecords((before) => before ?? []),
    );
    return () => {
      gone = true;
    };
    // A table that comes or goes may be one that has just ended.
  }, [client, campaign, tables]);
  return (
    <section className="record" aria-labelledby="record-title">
      <h2 id="record-title">What happened so far</h2>
      {records?.length === 0 && <p className="quiet">Tables that have ended are written down here.</p>}
      <ol>
        {records?.map((record) => (
          <RecordEntry key={record.session} record={record} />
        ))}
      </ol>
    </section>
  );
}

function RecordEntry({ record }: { record: SessionRecord }) {
  const { name, createdAt, playedMs, people, highlights, reason } = record;
  const names = Object.entries(people);
  return (
    <li className="record-entry">
      <p className="record-name">
        <bdi>{name ?? 'A table of then'}</bdi>
        <small>
          {DAY.format(createdAt)} · {spellSpan(playedMs)}
          {typeof reason === 'string' && (
            <>
              {' '}
              · <bdi>{reason}</bdi>
            </>
          )}
        </small>
      </p>
      <p className="quiet">
        {names.map(([id, person], i) => (
          <span key={id}>
            {i > 0 && ', '}
            <bdi>{person.name}</bdi>
          </span>
        ))}
      </p>
      {highlights.length > 0 && (
        <ul>
          {highlights.map(({ seq, text }) => (
            <li key={seq} dir="auto">
              {text}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
