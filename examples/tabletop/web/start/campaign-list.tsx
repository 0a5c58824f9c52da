import type { Campaign, Client } from 'holdfast/client';
import { useEffect, useState, type FormEvent } from 'react';
import { explain } from '../live/harbour.ts';
import type { Crossing } from '../live/use-harbour.ts';
import { Notice } from '../parts/notice.tsx';
import { campaignHref } from '../route.ts';

type Props = { client: Client; arrived: Crossing['arrived'] };

/** The campaigns that one is in, and a new one. */
export function CampaignList({ client, arrived }: Props) {
  const [campaigns, setCampaigns] = useState<readonly Campaign[]>();
  useEffect(() => {
    let gone = false;
    client.campaigns.list().then(
      (list) => gone || setCampaigns(list.filter(({ archived }) => !archived)),
      () => gone || setCampaigns([]),
    );
    return () => {
      gone = true;
    };
  }, [client]);
  return (
    <section className="campaigns" aria-labelledby="campaigns-title">
      <h2 id="campaigns-title">Your campaigns</h2>
      {campaigns?.length === 0 && (
        <p className="quiet">For a group that meets again: its members find every table of it, and its record.</p>
      )}
      <ul>
        {campaigns?.map(({ id, name, members }) => (
          <li key={id}>
            <a className="campaign-link" href={campaignHref(id)}>
              <bdi>{name}</bdi>
              <small>
                {members.length} {members.length === 1 ? 'member' : 'members'}
              </small>
            </a>
          </li>
        ))}
      </ul>
      <NewCampaign arrived={arrived} />
    </section>
  );
}

function NewCampaign({ arrived }: Pick<Props, 'arrived'>) {
  const [name, setName] = useState('');
  const [failure, setFailure] = useState<string>();
  const make = async (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '') return;
    try {
      const { client } = await arrived();
      location.hash = campaignHref((await client.campaigns.create({ name: name.trim() })).id);
    } catch (error) {
      setFailure(explain(error));
    }
  };
  return (
    <form className="one-line" onSubmit={(event) => void make(event)}>
      <label className="field">
        <span>Name of a new campaign</span>
        <input value={name} onChange={(event) => setName(event.target.value)} maxLength={80} dir="auto" autoComplete="off" />
      </label>
      <button type="submit" className="raised-button" disabled={name.trim() === ''}>
        New campaign
      </button>
      {failure && <Notice problem={{ text: failure, action: 'All right', act: () => setFailure(undefined) }} />}
    </form>
  );
}
