import { FrameError } from './frame-error.ts';
import type { ClientFrame, CommandFrame, DivergedFrame, HelloFrame, PingFrame, RenewFrame } from './frames.ts';
import type { ConnectionId, InstanceId, LogId, Position, SessionId, Tag } from './ids.ts';
import type { OwnPresenceFrame } from './presence.ts';
import { type Fields, FieldReader, isFields } from './read-fields.ts';
import { readOwnPresence } from './read-presence.ts';
import { readJson } from './read-json.ts';
import type { JsonLimits } from './scan-json.ts';
import { PROTOCOL_VERSION } from './version.ts';
import { NAME_MOST, TOKEN_MOST, WIRE_LIMITS } from './wire-limits.ts';

export type ClientFrameRead =
  | { readonly ok: true; readonly frame: ClientFrame }
  | { readonly ok: false; readonly code: 'bad-frame' | 'too-large' | 'unsupported-version'; readonly message: string };

export type ReadClientOptions = {
  /** The first frame of a connection is a hello and has bounds of its own; no later one is. */
  readonly first: boolean;
};

/**
 * Reads what a client sent: hostile until proven otherwise. Never throws. A hello may have members that this version
 * does not know (they are ignored, so that newer clients can ask older servers); other frames may not. A key that
 * stands twice in one object is refused, because readers disagree on which one counts.
 */
export function readClientFrame(text: string, options: ReadClientOptions): ClientFrameRead {
  try {
    const fields = parseFields(text, options.first ? WIRE_LIMITS.hello : WIRE_LIMITS.command);
    return { ok: true, frame: options.first ? readHello(fields) : readLater(fields) };
  } catch (error) {
    if (error instanceof FrameError) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

function parseFields(text: string, limits: JsonLimits): Fields {
  const read = readJson(text, limits, 'frame');
  if (!read.ok) throw new FrameError(read.code, read.message);
  if (!isFields(read.value)) throw new FrameError('bad-frame', 'A client’s frame is a JSON object.');
  return read.value;
}

function readHello(fields: Fields): HelloFrame {
  const reader = new FieldReader(fields, 'hello');
  reader.word('t', ['hello']);
  const version = reader.whole('version', 0);
  if (version !== PROTOCOL_VERSION) {
    throw new FrameError(
      'unsupported-version',
      `This server speaks version ${PROTOCOL_VERSION} of the protocol, the client version ${version}.`,
    );
  }
  return {
    t: 'hello',
    version,
    session: reader.id<SessionId>('session'),
    ...(reader.has('token') ? { token: reader.string('token', TOKEN_MOST) } : {}),
    ...(reader.has('role') ? { role: reader.string('role', NAME_MOST) } : {}),
    ...(reader.has('invite') ? { invite: reader.string('invite', INVITE_MOST) } : {}),
    ...(reader.has('instance') ? { instance: reader.id<InstanceId>('instance') } : {}),
    ...(reader.has('position') ? { position: readPosition(reader.object('position')) } : {}),
    ...(reader.has('reconnect') ? readReturn(reader) : {}),
    ...(reader.has('table') ? { table: readTable(reader) } : {}),
    ...(reader.has('lowest') ? { lowest: reader.whole('lowest', 1) } : {}),
    ...(reader.has('accept') && reader.array('accept').includes('deflate') ? { accept: ['deflate'] } : {}),
  };
}

/** A token is that of a connection. */
function readReturn(reader: FieldReader): Required<Pick<HelloFrame, 'connection' | 'reconnect'>> {
  return { connection: reader.id<ConnectionId>('connection'), reconnect: reader.string('reconnect', RECONNECT_MOST) };
}

function readTable(reader: FieldReader): [number, number] {
  const [id, known, ...more] = reader.array('table');
  return isCount(id) && isCount(known) && more.length === 0 ? [id, known] : reader.fail('table', 'an id and a count');
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function readPosition(reader: FieldReader): Position {
  return { logId: reader.id<LogId>('logId'), seq: reader.whole('seq', 0), tag: reader.id<Tag>('tag') };
}

const COMMAND_MEMBERS = ['t', 'n', 'low', 'name', 'args', 'basis'];
const PING_MEMBERS = ['t', 'at', 'rtt'];
const DIVERGED_MEMBERS = ['t', 'seq', 'hash'];
const RENEW_MEMBERS = ['t', 'token'];
const RECONNECT_MOST = 64;
const HASH_MOST = 32;
const INVITE_MOST = 64;

function readLater(fields: Fields): CommandFrame | PingFrame | DivergedFrame | OwnPresenceFrame | RenewFrame {
  const kind = new FieldReader(fields, 'frame').word('t', ['command', 'ping', 'presence', 'diverged', 'renew']);
  const reader = new FieldReader(fields, kind);
  switch (kind) {
    case 'command':
      return readCommand(reader);
    case 'ping':
      return readPing(reader);
    case 'presence':
      return readOwnPresence(reader);
    case 'diverged':
      return readDiverged(reader);
    case 'renew':
      reader.only(RENEW_MEMBERS);
      return { t: 'renew', token: reader.string('token', TOKEN_MOST) };
  }
}

function readCommand(reader: FieldReader): CommandFrame {
  reader.only(COMMAND_MEMBERS);
  const n = reader.whole('n', 1);
  const low = reader.whole('low', 1);
  if (low > n) reader.fail('low', 'at most n');
  const frame: CommandFrame = { t: 'command', n, low, name: reader.string('name', NAME_MOST), args: reader.json('args') };
  if (reader.has('basis')) frame.basis = reader.whole('basis', 0);
  return frame;
}

function readPing(reader: FieldReader): PingFrame {
  reader.only(PING_MEMBERS);
  return { t: 'ping', at: reader.number('at'), ...(reader.has('rtt') ? { rtt: reader.whole('rtt', 0) } : {}) };
}

function readDiverged(reader: FieldReader): DivergedFrame {
  reader.only(DIVERGED_MEMBERS);
  return { t: 'diverged', seq: reader.whole('seq', 1), hash: reader.string('hash', HASH_MOST) };
}
