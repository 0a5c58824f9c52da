import { OPERATORS_TYPE } from '../server/operator-acts.ts';
import { sessionJson } from '../server/session-json.ts';
import { askServer } from './server-api-adapter.ts';
import { formatTable } from './format.ts';
import { isOperatorToken } from './operator-token.ts';
import { withFiles } from './open-files-adapter.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';
import { timeText } from './time-adapter.ts';

export type ListRequest = { readonly type?: string | undefined; readonly status?: string | undefined; readonly limit: number };

type Listed = {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly seats: number;
  readonly maxSeats: number | null;
  readonly updatedAt: number;
  readonly name: string;
  /** From a server, for operators. */
  readonly use?: { readonly awake: boolean; readonly health: string; readonly memoryBytes: number };
};

/** `holdfast sessions` */
export async function listSessions(request: ListRequest, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { configuration } = settingsOf(flags, surroundings);
  const { url, token, dir } = configuration;
  surroundings.note(url === undefined ? `From the files in ${dir}, read-only.` : `From the server at ${url}.`);
  const sessions = url === undefined ? await fromFiles(dir, request) : await fromServer(url, token, request);
  if (flags.json === true) return surroundings.print(JSON.stringify(sessions));
  const withUse = sessions.some(({ use }) => use !== undefined);
  const heads = ['id', 'type', 'status', 'seats', ...(withUse ? ['health', 'memory'] : []), 'changed', 'name'];
  const rows = sessions.map((row) => cells(row, withUse));
  for (const line of formatTable(heads, rows)) surroundings.print(line);
}

function cells({ id, type, status, seats, maxSeats, updatedAt, name, use }: Listed, withUse: boolean): string[] {
  const taken = maxSeats === null ? String(seats) : `${seats}/${maxSeats}`;
  return [id, type, status, taken, ...(withUse ? useCells(use) : []), timeText(updatedAt), name];
}

/** What sleeps holds no memory. */
function useCells({ awake, health, memoryBytes }: Listed['use'] & {} = { awake: false, health: '', memoryBytes: 0 }): string[] {
  return [health, awake ? `${Math.ceil(memoryBytes / 1024)} KiB` : '-'];
}

function fromFiles(dir: string, request: ListRequest): Promise<readonly Listed[]> {
  return withFiles(dir, async (store) => (await store.list(request)).filter(({ type }) => type !== OPERATORS_TYPE).map(sessionJson));
}

async function fromServer(url: string, token: string | undefined, { type, status, limit }: ListRequest): Promise<readonly Listed[]> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (type !== undefined) query.set('type', type);
  if (status !== undefined) query.set('status', status);
  const route = token !== undefined && isOperatorToken(token) ? 'admin/sessions' : 'sessions';
  const answer = await askServer(url, `/v1/${route}?${query.toString()}`, token);
  const { sessions }: { sessions?: unknown } = Object(answer);
  return Array.isArray(sessions) ? sessions : [];
}
