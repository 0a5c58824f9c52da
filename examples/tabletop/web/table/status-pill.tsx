import { statusText, type LinkView } from '../live/table-view.ts';

/** The honest word on the connection, always in view. */
export function StatusPill({ link, kept }: { link: LinkView; kept: number }) {
  const text = statusText(link, link.kind === 'waiting' ? kept : 0);
  return (
    <div className="status-pill" data-link={link.kind} data-testid="status">
      <span className="status-mark" aria-hidden="true" />
      <span>{text}</span>
    </div>
  );
}
