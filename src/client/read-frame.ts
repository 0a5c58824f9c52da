import type { ServerFrame } from '../protocol/frames.ts';

type Named = Extract<ServerFrame, { t: string }>;
type Forms = Readonly<Record<string, 'string' | 'number' | 'object'>>;

/** Kinds of frames, and the form of the fields without which they cannot be used; paths and events are the decoder's. */
const FIELDS: { readonly [T in Named['t']]: { readonly [Field in keyof Extract<Named, { t: T }>]?: Forms[string] } } = {
  welcome: { instance: 'string', participant: 'object', settled: 'number', tag: 'string', heartbeatMs: 'number' },
  resumed: { reconnect: 'string' },
  snapshot: { position: 'object', meta: 'object', state: 'object' },
  tail: { seq: 'number' },
  ack: { n: 'number', seq: 'number' },
  reject: { n: 'number', seq: 'number', code: 'string', message: 'string' },
  check: { seq: 'number', hash: 'string' },
  pong: { at: 'number' },
  presence: { people: 'object' },
  renewed: {},
  error: { code: 'string', message: 'string' },
};

/** Times that a frame may say, whichever it is. */
const TIMES = ['heartbeatMs', 'expiresAt', 'retryAfterMs'];

/**
 * Reads a frame of the server; throws on what is none. The server is trusted to mean well, not to be of the same version:
 * what a frame needs must be there and of its form, the decoder checks every op, and what is new is ignored.
 */
export function readFrame(text: string): ServerFrame {
  const frame: unknown = JSON.parse(text);
  if (!isFrame(frame)) throw new Error(`not a frame: ${text.slice(0, 80)}`);
  return frame;
}

function isFrame(frame: unknown): frame is ServerFrame {
  if (Array.isArray(frame)) return true;
  const fields: Readonly<Record<string, unknown>> = Object(frame);
  const needed: Forms | undefined = Object.entries(FIELDS).find(([kind]) => kind === fields['t'])?.[1];
  if (needed === undefined || !TIMES.every((name) => isOf('number', fields[name] ?? 0))) return false;
  return Object.entries(needed).every(([name, form]) => isOf(form, fields[name]));
}

/** Numbers are places, counts and times: none is beyond what is exact. */
function isOf(form: string, value: unknown): boolean {
  if (typeof value === 'number') return form === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  return typeof value === form && value !== null && !Array.isArray(value);
}
