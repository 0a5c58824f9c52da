import { deadLetters, retryDeadLetters, type OutboxRow } from '../server/dead-letters.ts';
import { actOnFiles } from './act-on-files-adapter.ts';
import { CliError, EXIT } from './cli-error.ts';
import { formatTable } from './format.ts';
import { withFiles } from './open-files-adapter.ts';
import { needOperatorToken } from './operator-token.ts';
import { askServer } from './server-api-adapter.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';
import { nowMs, timeText } from './time-adapter.ts';

type Letter = {
  readonly id: string;
  readonly webhook: string;
  readonly session: string;
  readonly createdAt: number;
  readonly attempts: number;
  readonly failure: string | null;
};

/** `holdfast webhooks list` */
export async function listDeadLetters(flags: Flags, surroundings: Surroundings): Promise<void> {
  const { url, token, dir } = settingsOf(flags, surroundings).configuration;
  surroundings.note(url === undefined ? `From the files in ${dir}, read-only.` : `From the server at ${url}.`);
  const letters = url === undefined ? await fromFiles(dir) : await fromServer(url, needOperatorToken(token));
  if (flags.json === true) return surroundings.print(JSON.stringify(letters));
  const cells = letters.map(({ id, webhook, createdAt, attempts, failure }) => [
    id,
    webhook,
    timeText(createdAt),
    String(attempts),
    failure ?? '',
  ]);
  for (const line of formatTable(['id', 'webhook', 'since', 'tries', 'failure'], cells)) surroundings.print(line);
}

async function fromFiles(dir: string): Promise<Letter[]> {
  return withFiles(dir, async (store) => {
    const letters: Letter[] = [];
    for await (const rows of deadLetters(store)) letters.push(...rows.map(letterOf));
    return letters;
  });
}

function letterOf({ id, target, session, createdAt, attempts, failure }: OutboxRow): Letter {
  return { id, webhook: target, session, createdAt, attempts, failure };
}

async function fromServer(url: string, token: string): Promise<Letter[]> {
  const { dead }: { dead?: unknown } = Object(await askServer(url, '/v1/admin/webhooks?limit=1000', token));
  return Array.isArray(dead) ? dead : [];
}

/** `holdfast webhooks retry` */
export async function retryWebhooks(
  { id, webhook, all }: { id?: string | undefined; webhook?: string | undefined; all: boolean },
  flags: Flags,
  surroundings: Surroundings,
): Promise<void> {
  if ([id !== undefined, webhook !== undefined, all].filter(Boolean).length !== 1)
    throw new CliError(EXIT.usage, 'Say which delivery to try again, or --webhook, or --all.');
  const { url, token, dir } = settingsOf(flags, surroundings).configuration;
  surroundings.note(url === undefined ? `In the files in ${dir}; recorded there.` : `At the server at ${url}; recorded there.`);
  const meant = { ...(id === undefined ? {} : { id }), ...(webhook === undefined ? {} : { webhook }) };
  const retried = url === undefined ? await inFiles() : await atServer(url);
  if (retried === 0 && id !== undefined) throw new CliError(EXIT.notFound, 'There is no such delivery among those given up.');
  surroundings.print(flags.json === true ? JSON.stringify({ retried }) : `${retried} to be delivered again.`);

  async function inFiles(): Promise<number> {
    const done = await actOnFiles({
      dir,
      what: 'webhooks-retry',
      session: null,
      details: meant,
      work: async ({ store }) => ({ ok: true, retried: await retryDeadLetters(store, meant, nowMs()) }),
    });
    return done.retried;
  }

  async function atServer(address: string): Promise<number> {
    return Number(Object(await askServer(address, '/v1/admin/webhooks/retry', needOperatorToken(token), meant)).retried);
  }
}
