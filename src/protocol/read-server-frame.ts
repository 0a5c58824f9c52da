import { CODES, type Code } from './codes.ts';
import { FrameError } from './frame-error.ts';
import type {
  AckFrame,
  Durability,
  ErrorFrame,
  LiveFrame,
  PongFrame,
  RejectFrame,
  ServerFrame,
  SnapshotFrame,
  SnapshotReason,
  TailFrame,
  WelcomeFrame,
  WirePath,
} from './frames.ts';
import type { ConnectionId, InstanceId, ParticipantId, SessionId } from './ids.ts';
import { readPosition } from './read-client-frame.ts';
import { FieldReader, isFields } from './read-fields.ts';
import { scanJson } from './scan-json.ts';
import { PROTOCOL_VERSION } from './version.ts';
import { NAME_MOST, WIRE_LIMITS } from './wire-limits.ts';

const DURABILITIES: readonly Durability[] = ['full', 'normal', 'memory'];
const REASONS: readonly SnapshotReason[] = ['joined', 'cheaper', 'regression', 'other-log', 'sight-changed', 'reloaded', 'diverged'];
/** A person's name or a message to a person. */
const TEXT_MOST = 4_096;

/**
 * Reads what a server sent; throws `FrameError` on anything that is no frame of this protocol version. Members that this
 * version does not know are ignored, an unknown code counts as `rejected` or `internal`. Of a live frame only the outer
 * shape is checked here; the decoder checks the rest as it goes.
 */
export function readServerFrame(text: string): ServerFrame {
  const keys = scanJson(text, WIRE_LIMITS.server);
  if (typeof keys !== 'number') throw new FrameError(keys.code, keys.message);
  const value = parse(text);
  if (Array.isArray(value)) return readLive(value);
  if (!isFields(value)) throw new FrameError('bad-frame', 'A server’s frame is a JSON object or array.');
  const reader = new FieldReader(value, 'frame');
  const kind = reader.word('t', ['welcome', 'snapshot', 'tail', 'ack', 'reject', 'pong', 'error']);
  return READERS[kind](new FieldReader(value, kind));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FrameError('bad-frame', 'The frame is not JSON.');
  }
}

/** `[seq, item | step, ...]`: items are arrays, steps are whole numbers from 1. */
function readLive(value: readonly unknown[]): LiveFrame {
  const seq = value[0];
  if (!isWhole(seq, 1)) throw new FrameError('bad-frame', 'A live frame begins with a seq.');
  for (let index = 1; index < value.length; index += 1) {
    const item = value[index];
    if (!Array.isArray(item) && !isWhole(item, 1)) throw new FrameError('bad-frame', 'A live frame holds items and steps only.');
  }
  return value as LiveFrame;
}

function isWhole(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
}

type ReaderOf<Frame> = (reader: FieldReader) => Frame;
type Named = Exclude<ServerFrame, LiveFrame>;
const READERS: { readonly [Kind in Named['t']]: ReaderOf<Extract<Named, { t: Kind }>> } = {
  welcome: readWelcome,
  snapshot: readSnapshot,
  tail: readTail,
  ack: readAck,
  reject: readReject,
  pong: readPong,
  error: readError,
};

function readWelcome(reader: FieldReader): WelcomeFrame {
  const version = reader.whole('version', 0);
  if (version !== PROTOCOL_VERSION) {
    throw new FrameError(
      'unsupported-version',
      `This client speaks version ${PROTOCOL_VERSION} of the protocol, the server version ${version}.`,
    );
  }
  const participant = reader.object('participant');
  const session = reader.object('session');
  return {
    t: 'welcome',
    version,
    connection: reader.id<ConnectionId>('connection'),
    instance: reader.id<InstanceId>('instance'),
    participant: {
      id: participant.string('id', TEXT_MOST) as ParticipantId,
      name: participant.string('name', TEXT_MOST, 0),
      role: participant.string('role', NAME_MOST),
    },
    session: { id: session.id<SessionId>('id'), type: session.string('type', NAME_MOST), version: session.whole('version', 0) },
    settled: reader.whole('settled', 0),
    durability: reader.word('durability', DURABILITIES),
    heartbeatMs: reader.whole('heartbeatMs', 1),
    now: reader.number('now'),
  };
}

function readSnapshot(reader: FieldReader): SnapshotFrame {
  return {
    t: 'snapshot',
    position: readPosition(reader.object('position')),
    reason: reader.word('reason', REASONS),
    ...(reader.has('missed') ? { missed: readRange(reader) } : {}),
    meta: reader.jsonObject('meta'),
    state: reader.jsonObject('state'),
    paths: readPaths(reader.object('paths')),
  };
}

function readRange(reader: FieldReader): [number, number] {
  const [first, last, ...more] = reader.array('missed');
  if (more.length > 0 || !isWhole(first, 1) || !isWhole(last, first)) return reader.fail('missed', 'a first and a last seq');
  return [first, last];
}

function readPaths(reader: FieldReader): SnapshotFrame['paths'] {
  const list = reader.array('list');
  for (const path of list) if (!isPath(path)) reader.fail('list', 'a list of paths');
  return { id: reader.whole('id', 0), list: list as WirePath[] };
}

function isPath(value: unknown): boolean {
  return Array.isArray(value) && value.every((part) => typeof part === 'string' || isWhole(part, 0));
}

function readTail(reader: FieldReader): TailFrame {
  if (reader.has('folded') && reader.json('folded') !== true) reader.fail('folded', 'true');
  return {
    t: 'tail',
    position: readPosition(reader.object('position')),
    events: readLive(reader.array('events')),
    ...(reader.has('folded') ? { folded: true } : {}),
    paths: readPaths(reader.object('paths')),
  };
}

function readAck(reader: FieldReader): AckFrame {
  const frame: AckFrame = { t: 'ack', n: reader.whole('n', 1), seq: reader.whole('seq', 1) };
  if (reader.has('result')) frame.result = reader.json('result');
  if (reader.has('durability')) frame.durability = reader.word('durability', ['normal', 'memory']);
  return frame;
}

function readReject(reader: FieldReader): RejectFrame {
  const frame: RejectFrame = {
    t: 'reject',
    n: reader.whole('n', 1),
    seq: reader.whole('seq', 0),
    code: readCode(reader, 'rejected'),
    message: reader.string('message', TEXT_MOST, 0),
  };
  if (reader.has('details')) frame.details = reader.json('details');
  return frame;
}

function readPong(reader: FieldReader): PongFrame {
  return { t: 'pong', at: reader.number('at'), now: reader.number('now') };
}

function readError(reader: FieldReader): ErrorFrame {
  const frame: ErrorFrame = { t: 'error', code: readCode(reader, 'internal'), message: reader.string('message', TEXT_MOST, 0) };
  if (reader.has('details')) frame.details = reader.json('details');
  if (reader.has('retryAfterMs')) frame.retryAfterMs = reader.whole('retryAfterMs', 0);
  return frame;
}

/** A newer server may know codes that this client does not. */
function readCode(reader: FieldReader, unknown: Code): Code {
  const code = reader.string('code', NAME_MOST);
  return isCode(code) ? code : unknown;
}

function isCode(code: string): code is Code {
  return Object.hasOwn(CODES, code);
}
