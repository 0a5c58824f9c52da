import { auditPage } from '../server/people-routes.ts';
import { formatTable } from './format.ts';
import { withFiles } from './open-files-adapter.ts';
import { needOperatorToken } from './operator-token.ts';
import { askServer } from './server-api-adapter.ts';
import { sessionIdOf } from './session-id.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';
import { timeText } from './time-adapter.ts';

export type AuditRequest = {
  readonly session?: string | undefined;
  readonly who?: string | undefined;
  readonly subject?: string | undefined;
  /** Wall-clock milliseconds: at or after `from`, before `to`. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly limit: number;
};

type Act = ReturnType<typeof auditPage>['acts'][number];

/** `holdfast audit` */
export async function showAudit(request: AuditRequest, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { url, token, dir } = settingsOf(flags, surroundings).configuration;
  surroundings.note(url === undefined ? `From the files in ${dir}, read-only.` : `From the server at ${url}.`);
  const acts = url === undefined ? await fromFiles(dir, request) : await fromServer(url, needOperatorToken(token), request);
  if (flags.json === true) return surroundings.print(JSON.stringify(acts));
  for (const line of formatTable(['at', 'who', 'what', 'to', 'session', 'seq'], acts.map(cells))) surroundings.print(line);
}

function cells({ at, who, what, subject, session, seq }: Act): string[] {
  return [timeText(at), who, what, subject ?? '', session, String(seq)];
}

function fromFiles(dir: string, { session, limit, ...request }: AuditRequest): Promise<readonly Act[]> {
  const only = session === undefined ? undefined : sessionIdOf(session);
  return withFiles(dir, async (store) => auditPage(await store.acts({ ...request, session: only, limit }), limit).acts);
}

async function fromServer(url: string, token: string, request: AuditRequest): Promise<readonly Act[]> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request)) if (value !== undefined) query.set(name, String(value));
  const { acts }: { acts?: unknown } = Object(await askServer(url, `/v1/admin/audit?${query.toString()}`, token));
  return Array.isArray(acts) ? acts : [];
}
