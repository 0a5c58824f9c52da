import { readStrictly, type StrictRead } from './strict-json.ts';

/** What a text from a client must come to: a frame, or one of these refusals. */
export type Judgement = { readonly frame: Readonly<Record<string, unknown>> } | { readonly codes: ReadonlySet<string> };

type Bounds = { readonly bytes: number; readonly depth: number; readonly values: number; readonly string: number };
type Fields = Readonly<Record<string, unknown>>;
type Test = (value: unknown) => boolean;
type Member = { readonly is: Test; readonly optional?: boolean };

/** The bounds of docs/reference/protocol.md, written down again. */
const FIRST: Bounds = { bytes: 4_096, depth: 8, values: 64, string: 3_072 };
const LATER: Bounds = { bytes: 65_536, depth: 32, values: 4_096, string: 65_536 };

const whole =
  (least: number): Test =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= least;
const string =
  (most: number): Test =>
  (value) =>
    typeof value === 'string' && value.length >= 1 && value.length <= most;
const id: Test = (value) => typeof value === 'string' && /^[\w.-]{1,128}$/.test(value) && !value.endsWith('\n');
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const isPosition: Test = (value) => isFields(value) && id(value['logId']) && whole(0)(value['seq']) && id(value['tag']);
const isTable: Test = (value) => Array.isArray(value) && value.length === 2 && value.every(whole(0));
const isActivity: Test = (value) =>
  value === null ||
  (isFields(value) &&
    Object.keys(value).every((key) => key === 'name' || key === 'ttlMs') &&
    string(32)(value['name']) &&
    /^[\p{L}\p{N} _.-]+$/u.test(String(value['name'])) &&
    (!('ttlMs' in value) || (whole(1)(value['ttlMs']) && Number(value['ttlMs']) <= 30_000)));

const KINDS: Readonly<Record<string, Readonly<Record<string, Member>>>> = {
  command: {
    n: { is: whole(1) },
    low: { is: whole(1) },
    name: { is: string(64) },
    args: { is: () => true },
    basis: { is: whole(0), optional: true },
  },
  ping: { at: { is: (value) => Number.isFinite(value) }, rtt: { is: whole(0), optional: true } },
  presence: {
    idle: { is: (value) => typeof value === 'boolean', optional: true },
    activity: { is: isActivity, optional: true },
    data: { is: () => true, optional: true },
  },
  diverged: { seq: { is: whole(1) }, hash: { is: string(32) } },
  renew: { token: { is: string(3_072) } },
};

const HELLO: Readonly<Record<string, Member>> = {
  version: { is: whole(0) },
  session: { is: id },
  token: { is: string(3_072), optional: true },
  role: { is: string(64), optional: true },
  invite: { is: string(64), optional: true },
  instance: { is: id, optional: true },
  position: { is: isPosition, optional: true },
  table: { is: isTable, optional: true },
  lowest: { is: whole(1), optional: true },
  accept: { is: Array.isArray, optional: true },
};

/** Reads a client's text as slowly and plainly as can be. */
export function judgeFrame(text: string, first: boolean): Judgement {
  const bounds = first ? FIRST : LATER;
  const codes = new Set<string>();
  const read = readStrictly(text);
  if (read === undefined) return { codes: new Set(mayBeLarge(text, bounds) ? ['bad-frame', 'too-large'] : ['bad-frame']) };
  if (isLarge(text, read, bounds)) codes.add('too-large');
  if (read.faults.length > 0) codes.add('bad-frame');
  if (codes.size > 0) return { codes };
  const { value } = read;
  if (!isFields(value)) return { codes: new Set(['bad-frame']) };
  const code = first ? faultOfHello(value) : faultOfLater(value);
  return code === undefined ? { frame: first ? helloOf(value) : value } : { codes: new Set([code]) };
}

function isLarge(text: string, read: StrictRead, bounds: Bounds): boolean {
  if (Buffer.byteLength(text) > bounds.bytes) return true;
  return read.depth > bounds.depth || read.values > bounds.values || read.longestString > bounds.string;
}

/** Of what is no JSON it can hardly be said how large it is: no more than this. */
function mayBeLarge(text: string, bounds: Bounds): boolean {
  if (Buffer.byteLength(text) > bounds.bytes || text.length > bounds.string) return true;
  const opened = text.split(/[[{]/).length - 1;
  return opened > bounds.depth || opened + text.split(',').length - 1 > bounds.values;
}

function faultOfHello(fields: Fields): string | undefined {
  if (fields['t'] !== 'hello' || !whole(0)(fields['version'])) return 'bad-frame';
  if (fields['version'] !== 1) return 'unsupported-version';
  if (!fits(fields, HELLO)) return 'bad-frame';
  if (!('reconnect' in fields)) return undefined;
  return id(fields['connection']) && string(64)(fields['reconnect']) ? undefined : 'bad-frame';
}

function faultOfLater(fields: Fields): string | undefined {
  const kind = fields['t'];
  const members = typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (members === undefined || !fits(fields, members)) return 'bad-frame';
  if (Object.keys(fields).some((name) => name !== 't' && !Object.hasOwn(members, name))) return 'bad-frame';
  if (kind === 'command' && Number(fields['low']) > Number(fields['n'])) return 'bad-frame';
  return kind === 'presence' && 'data' in fields && Buffer.byteLength(JSON.stringify(fields['data'])) > 1_024 ? 'too-large' : undefined;
}

function fits(fields: Fields, members: Readonly<Record<string, Member>>): boolean {
  return Object.entries(members).every(([name, { is, optional }]) => (name in fields ? is(fields[name]) : optional === true));
}

/** A hello, and the position in it, may say what this version does not know; that is left out. */
function helloOf(fields: Fields): Fields {
  const names = ['t', ...Object.keys(HELLO), ...('reconnect' in fields ? ['connection', 'reconnect'] : [])];
  const known = Object.fromEntries(names.filter((name) => name in fields).map((name) => [name, fields[name]]));
  const { accept, position, ...others } = known;
  const { logId, seq, tag } = Object(position) as Fields;
  const rest = position === undefined ? others : { ...others, position: { logId, seq, tag } };
  return Array.isArray(accept) && accept.includes('deflate') ? { ...rest, accept: ['deflate'] } : rest;
}
