import type { Clock, Random } from '../protocol/ports.ts';
import type { Announce } from '../session/announcement.ts';
import type { OutboxMark, OutboxRow, StoreOutbox } from '../store/store-outbox.ts';
import type { Logger } from './logger-adapter.ts';
import { targetOf, type WebhookOptions } from './webhook-options.ts';
import type { PostWebhook } from './webhook-post-adapter.ts';
import { signWebhook } from './webhook-signature.ts';

const TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 3_600_000;
/** Then a delivery is a dead letter: about half a day after the first try. */
const ATTEMPTS_MOST = 20;
/** Looked after this time at the latest, should a hint have been missed. */
const LOOK_MS = 30_000;

export type WebhookCounts = { readonly delivered: number; readonly failed: number; readonly dead: number };

export type DelivererOptions = {
  readonly store: StoreOutbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly webhooks: readonly WebhookOptions[];
  readonly post: PostWebhook;
  readonly logger: Logger;
};

/**
 * Delivers what waits in the outbox: at least once, in order for each webhook, one at a time. What fails is tried again, ever
 * more rarely; what keeps failing is set aside as a dead letter, and those behind it go on.
 */
export class WebhookDeliverer {
  readonly #options: DelivererOptions;
  readonly #webhooks: ReadonlyMap<string, WebhookOptions>;
  readonly #counts = { delivered: 0, failed: 0, dead: 0 };
  /** Webhooks that something is being delivered to. */
  readonly #busy = new Map<string, Promise<void>>();
  #cancel: (() => void) | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #stopped = true;
  #abort = new AbortController();

  constructor(options: DelivererOptions) {
    this.#options = options;
    this.#webhooks = new Map(options.webhooks.map((webhook) => [targetOf(webhook), webhook]));
  }

  /** What sessions write into the outbox of a turn in their lives. */
  readonly announce: Announce = (announcement) =>
    this.#options.webhooks.flatMap((webhook) => {
      if (webhook.events?.includes(announcement.event) === false) return [];
      const target = targetOf(webhook);
      return [{ kind: 'outbox', id: `${announcement.id}.${target}`, target, body: JSON.stringify(announcement) }];
    });

  start(): void {
    this.#stopped = false;
    this.#abort = new AbortController();
    this.look();
  }

  /** Deliveries under way are cut off, and come again. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    this.#abort.abort();
    await this.#looking;
    await Promise.all(this.#busy.values());
  }

  counts(): WebhookCounts {
    return { ...this.#counts };
  }

  /** Something may wait: looks as soon as it can. */
  look(): void {
    if (this.#stopped || this.#webhooks.size === 0) return;
    if (this.#looking !== undefined) return void (this.#lookAgain = true);
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
      if (!this.#lookAgain) return;
      this.#lookAgain = false;
      this.look();
    });
  }

  async #look(): Promise<void> {
    const { store, clock } = this.#options;
    const heads = await store.outbox().catch(() => []);
    if (this.#stopped) return;
    let nextMs = LOOK_MS;
    for (const head of heads) {
      if (this.#busy.has(head.target)) continue;
      const waitMs = head.nextTryAt - clock.now();
      if (waitMs > 0) nextMs = Math.min(nextMs, waitMs);
      else this.#begin(head);
    }
    this.#cancel?.();
    this.#cancel = clock.startTimer(nextMs, () => this.look());
  }

  #begin(row: OutboxRow): void {
    const delivery = this.#deliver(row)
      .catch((error: unknown) => this.#options.logger.error({ err: error, webhook: row.target }, 'the outbox cannot be marked'))
      .then(() => void this.#busy.delete(row.target))
      .then(() => this.look());
    this.#busy.set(row.target, delivery);
  }

  async #deliver(row: OutboxRow): Promise<void> {
    const webhook = this.#webhooks.get(row.target);
    const failure = webhook === undefined ? 'this server has no webhook of that name' : await this.#post(webhook, row);
    // Cut off by a stop: whether it arrived is not known, so it comes again.
    if (failure !== undefined && this.#stopped) return;
    const mark = this.#markOf(row, failure);
    if (mark.outcome !== 'done') {
      const facts = { webhook: row.target, session: row.session, event: row.id, attempt: row.attempts + 1, failure };
      this.#options.logger.warn(facts, mark.outcome === 'dead' ? 'a webhook delivery was given up' : 'a webhook delivery failed');
    }
    await this.#options.store.markOutbox([mark]);
    this.#counts[mark.outcome === 'done' ? 'delivered' : mark.outcome === 'dead' ? 'dead' : 'failed'] += 1;
  }

  /** Why it was not delivered; undefined where it was. */
  async #post({ url, secret, allowPrivate = false }: WebhookOptions, { id, body }: OutboxRow): Promise<string | undefined> {
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Holdfast',
      'holdfast-event-id': id,
      'holdfast-signature': signWebhook(secret, this.#options.clock.now(), body),
    };
    try {
      const status = await this.#options.post({ url, headers, body, allowPrivate, timeoutMs: TIMEOUT_MS, signal: this.#abort.signal });
      return status >= 200 && status < 300 ? undefined : `answered ${status}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #markOf({ id, target, attempts }: OutboxRow, failure: string | undefined): Exclude<OutboxMark, { outcome: 'again' }> {
    if (failure === undefined) return { id, outcome: 'done' };
    // 410 says that nobody is there any more, nor will be.
    const isHopeless = failure === 'answered 410' || !this.#webhooks.has(target) || attempts + 1 >= ATTEMPTS_MOST;
    if (isHopeless) return { id, outcome: 'dead', failure };
    const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempts);
    // Up to a fifth more, so that what failed together does not come back together.
    const spread = 1 + ((this.#options.random.bytes(1)[0] ?? 0) / 255) * 0.2;
    return { id, outcome: 'failed', failure, nextTryAt: Math.round(this.#options.clock.now() + waitMs * spread) };
  }
}
