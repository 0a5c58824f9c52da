import type { ServerFrame } from '../protocol/frames.ts';

type Named = Extract<ServerFrame, { t: string }>;

/** Kinds of frames, and the fields without which they cannot be used. */
const FIELDS: { readonly [T in Named['t']]: readonly (keyof Extract<Named, { t: T }>)[] } = {
  welcome: ['instance', 'participant', 'settled', 'tag', 'heartbeatMs'],
  resumed: ['reconnect'],
  snapshot: ['position', 'meta', 'state', 'paths'],
  tail: ['seq', 'events'],
  ack: ['n', 'seq'],
  reject: ['n', 'seq', 'code', 'message'],
  check: ['seq', 'hash'],
  pong: ['at'],
  presence: ['people'],
  renewed: [],
  error: ['code', 'message'],
};

/**
 * Reads a frame of the server; throws on what is none. The server is trusted to mean well, not to be of the same version:
 * what a frame needs must be there, the decoder checks every op, and what is new is ignored.
 */
export function readFrame(text: string): ServerFrame {
  const frame: unknown = JSON.parse(text);
  if (!isFrame(frame)) throw new Error(`not a frame: ${text.slice(0, 80)}`);
  return frame;
}

function isFrame(frame: unknown): frame is ServerFrame {
  if (Array.isArray(frame)) return true;
  const fields: Readonly<Record<string, unknown>> = Object(frame);
  const needed: readonly string[] | undefined = Object.entries(FIELDS).find(([kind]) => kind === fields['t'])?.[1];
  return needed?.every((name) => fields[name] !== undefined) === true;
}
