import { encodeFrame } from '../protocol/codec.ts';
import type { CloseCode } from '../protocol/codes.ts';
import type { ConnectionId } from '../protocol/ids.ts';
import type { ConnectionRecord } from '../protocol/ports.ts';
import type { Refusal } from './outcome.ts';

/** Tells a connection why it ends, and ends it. */
export function endOfConnection(connection: ConnectionId, { code, message, details }: Refusal): ConnectionRecord {
  const { retryAfterMs }: { retryAfterMs?: unknown } = Object(details);
  const wait = typeof retryAfterMs === 'number' ? { retryAfterMs } : {};
  const frame = encodeFrame({ t: 'error', code, message, ...(details === undefined ? {} : { details }), ...wait });
  return { connection, frames: [frame], view: null, close: { code: code as CloseCode, message } };
}
