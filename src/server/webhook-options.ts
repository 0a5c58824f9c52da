import type { Announcement } from '../session/announcement.ts';
import { LIFECYCLE_EVENTS } from '../session/lifecycle-table.ts';
import { secretFault } from './token-reader-adapter.ts';

export type WebhookEvent = Announcement['event'];

export const WEBHOOK_EVENTS: readonly WebhookEvent[] = ['create', ...LIFECYCLE_EVENTS];

/** Someone outside who is told of what happens to sessions. */
export type WebhookOptions = {
  /** Its name, by which what waits for it is kept: a webhook may move to another address under its name. Default: the address. */
  readonly name?: string | undefined;
  /** An https address; plain http only with `allowPrivate`. */
  readonly url: string;
  /** Signs every delivery: at least 32 bytes, known to the receiver. */
  readonly secret: string;
  /** Which events it is told of. Default: all. */
  readonly events?: readonly WebhookEvent[] | undefined;
  /** Allows addresses of this machine and of private networks. Default false. */
  readonly allowPrivate?: boolean | undefined;
};

/** The name under which deliveries to a webhook wait. */
export function targetOf({ name, url }: WebhookOptions): string {
  return name ?? url;
}

/** Everything wrong with the webhooks of a server. */
export function* checkWebhooks(webhooks: readonly WebhookOptions[]): Generator<string> {
  const targets = new Set<string>();
  for (const [index, webhook] of webhooks.entries()) {
    const place = `webhooks[${index}]`;
    yield* checkUrl(place, webhook);
    const weak = secretFault(webhook.secret);
    if (weak !== undefined) yield `${place}.secret: ${weak}`;
    for (const event of webhook.events ?? [])
      if (!WEBHOOK_EVENTS.includes(event)) yield `${place}.events: no such event '${event}'; legal: ${WEBHOOK_EVENTS.join(', ')}.`;
    if (targets.has(targetOf(webhook))) yield `${place}: two webhooks are named '${targetOf(webhook)}'.`;
    targets.add(targetOf(webhook));
  }
}

function* checkUrl(place: string, { url, allowPrivate = false }: WebhookOptions): Generator<string> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isLegal = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && allowPrivate);
  if (parsed === undefined || !isLegal) yield `${place}.url: an https address (http only with allowPrivate), not '${url}'.`;
  else if (parsed.username !== '' || parsed.password !== '') yield `${place}.url: no user and password in it; deliveries are signed.`;
}
