import type { OutboxRow, StoreOutbox } from '../store/store-outbox.ts';

export type { OutboxRow } from '../store/store-outbox.ts';

const PAGE = 500;

/** Which deliveries are meant; with nothing said, all. */
export type MeantLetters = { readonly id?: string | undefined; readonly webhook?: string | undefined };

/** Puts deliveries that were given up back in their places. Returns how many. */
export async function retryDeadLetters(
  store: Pick<StoreOutbox, 'deadLetters' | 'markOutbox'>,
  meant: MeantLetters,
  now: number,
): Promise<number> {
  let retried = 0;
  for await (const rows of deadLetters(store, meant.webhook)) {
    const found = rows.filter(({ id }) => meant.id === undefined || id === meant.id);
    if (found.length > 0) await store.markOutbox(found.map(({ id }) => ({ id, outcome: 'again', nextTryAt: now })));
    retried += found.length;
  }
  return retried;
}

/** All that were given up, page by page. */
export async function* deadLetters(store: Pick<StoreOutbox, 'deadLetters'>, webhook?: string): AsyncGenerator<readonly OutboxRow[]> {
  let after: Pick<OutboxRow, 'target' | 'number'> | undefined;
  for (;;) {
    const rows = await store.deadLetters({ target: webhook, limit: PAGE, after });
    if (rows.length === 0) return;
    yield rows;
    after = rows.at(-1);
  }
}
