import { CliError, EXIT } from './cli-error.ts';
import { formatTable } from './format.ts';
import { needOperatorToken } from './operator-token.ts';
import { askServer } from './server-api-adapter.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';
import { timeText } from './time-adapter.ts';

export type ConnectionsRequest = { readonly session?: string | undefined; readonly participant?: string | undefined };

type Listed = {
  readonly id: string;
  readonly transport: string;
  readonly state: string;
  readonly openedAt: number;
  readonly participant: string | null;
  readonly session: string | null;
  readonly remoteAddress: string | null;
};

/** `holdfast connections` */
export async function listConnections(request: ConnectionsRequest, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { url, token } = runningServer(flags, surroundings);
  const query = new URLSearchParams(Object.entries(request).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  const answer = await askServer(url, `/v1/admin/connections?${query.toString()}`, token);
  const { connections = [] }: { connections?: readonly Listed[] } = Object(answer);
  if (flags.json === true) return surroundings.print(JSON.stringify(connections));
  const head = ['id', 'participant', 'session', 'state', 'transport', 'from', 'since'];
  for (const line of formatTable(head, connections.map(cells))) surroundings.print(line);
}

function cells({ id, participant, session, state, transport, remoteAddress, openedAt }: Listed): string[] {
  return [id, participant ?? '', session ?? '', state, transport, remoteAddress ?? '', timeText(openedAt)];
}

/** `holdfast evict` */
export async function evict(connection: string, reason: string | undefined, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { url, token } = runningServer(flags, surroundings);
  const body = reason === undefined ? {} : { reason };
  await askServer(url, `/v1/admin/connections/${encodeURIComponent(connection)}/evict`, token, body);
  surroundings.print(flags.json === true ? JSON.stringify({ evicted: connection }) : `${connection} is evicted.`);
}

/** Connections are of a running server only. */
function runningServer(flags: Flags, surroundings: Surroundings): { url: string; token: string } {
  const { url, token } = settingsOf(flags, surroundings).configuration;
  if (url === undefined) throw new CliError(EXIT.usage, 'Connections are those of a running server: --url, or HOLDFAST_URL.');
  surroundings.note(`From the server at ${url}.`);
  return { url, token: needOperatorToken(token) };
}
