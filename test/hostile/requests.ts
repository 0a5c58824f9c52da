import type { JsonValue } from '../../src/protocol/json.ts';
import type { Dice } from './dice.ts';
import { nodeOf, textOf } from './json-node.ts';
import { mutateNode, oddValue } from './mutate-json.ts';
import { mutateText } from './mutate-text.ts';

/** A request as it may stand in a text: nothing here is checked. */
export type HostileRequest = {
  readonly route: KnownRoute | undefined;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
};

/** What the description says of a route. */
export type KnownRoute = {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly example: JsonValue | undefined;
  readonly takesBody: boolean;
  /** Description of each status that it may answer. */
  readonly answers: Readonly<Record<string, string>>;
};

type Described = {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly example?: JsonValue }> };
  readonly responses: Record<string, { readonly description: string }>;
};

export function routesIn(description: unknown): KnownRoute[] {
  const { paths } = description as { paths: Record<string, Record<string, Described>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => ({
      method: method.toUpperCase(),
      path,
      query: parameters.filter((each) => each.in === 'query').map(({ name }) => name),
      example: requestBody?.content['application/json']?.example,
      takesBody: requestBody !== undefined,
      answers: Object.fromEntries(Object.entries(responses).map(([status, { description: text }]) => [status, text])),
    })),
  );
}

/** Who asks, and what for. */
export type Asking = {
  readonly routes: readonly KnownRoute[];
  readonly sessions: string[];
  /** Values of the Authorization header. */
  readonly credentials: readonly string[];
  readonly names: readonly string[];
};

const ODD_PARTS = [
  '',
  '.',
  '..',
  '%2e%2e',
  '..%2f..%2fetc%2fpasswd',
  '%00',
  '%',
  '%zz',
  '%e0%a4%a',
  '%c0%af',
  '%ed%a0%80',
  '*',
  '{id}',
  ':id',
  '__proto__',
  'constructor',
  "x'--",
  '<b>',
  'é',
  'A'.repeat(22),
  'A'.repeat(21),
  'A'.repeat(5_000),
  '-1',
  '1e999',
  'null',
] as const;
const ODD_QUERIES = [
  'token=abc',
  'access_token=x',
  'limit=-1',
  'limit=1e9',
  'limit=',
  'cursor=!!',
  '=',
  '&&&',
  'a[b]=c',
  '%=%',
  '__proto__=1',
  'limit=1&limit=2',
  'text=%00',
  'text=%25%5F',
  'status=%ff',
] as const;
const ODD_METHODS = ['PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND'] as const;
const CONTENT_TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-16',
  'text/plain',
  '',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'APPLICATION/JSON',
  'application/jsonp',
  'application/json,text/plain',
] as const;

export function hostileRequest(asking: Asking, dice: Dice): HostileRequest {
  const route = dice.pick(asking.routes);
  const path = pathOf(route, asking, dice);
  const known = !path.isOdd;
  const method = dice.percent(88) ? route.method : dice.pick([...ODD_METHODS, 'GET', 'POST']);
  const body = bodyOf(route, dice);
  const query = queryOf(route, dice);
  return {
    route: known && method === route.method ? route : undefined,
    method,
    target: query === '' ? path.text : `${path.text}?${query}`,
    headers: headersOf(asking, body !== undefined, dice),
    body: method === 'GET' || method === 'HEAD' ? undefined : body,
  };
}

function pathOf(route: KnownRoute, asking: Asking, dice: Dice): { text: string; isOdd: boolean } {
  let text = route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (dice.percent(12)) return dice.pick(ODD_PARTS);
    return dice.pick(name === 'id' ? asking.sessions : asking.names);
  });
  if (dice.percent(94)) return { text, isOdd: false };
  text = dice.pick([
    `${text}/`,
    `/${text}`,
    text.toUpperCase(),
    text.replace('/v1', '/v2'),
    `${text}/${dice.pick(ODD_PARTS)}`,
    `/%2f${text}`,
    `${text};x=1`,
    `/./${text}`,
  ]);
  return { text, isOdd: true };
}

function queryOf(route: KnownRoute, dice: Dice): string {
  const parts = route.query
    .filter(() => dice.percent(40))
    .map((name) => `${name}=${dice.pick(['', '1', 'true', 'false', 'open', 'tabletop', ...ODD_PARTS])}`);
  if (dice.percent(10)) parts.push(dice.pick(ODD_QUERIES));
  return parts.join('&');
}

function bodyOf(route: KnownRoute, dice: Dice): Buffer | undefined {
  if (!route.takesBody && dice.percent(90)) return undefined;
  const example = JSON.stringify(route.example ?? {});
  const choice = dice.below(20);
  if (choice === 0) return undefined;
  if (choice === 1) return Buffer.from('');
  if (choice === 2) return Buffer.from(`${'['.repeat(30_000)}${']'.repeat(30_000)}`);
  if (choice === 3) return Buffer.from(`{"a":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}`);
  if (choice === 4) return Buffer.from(`"${'x'.repeat(dice.pick([65_530, 65_536, 70_000, 300_000]))}"`);
  if (choice === 5) return withBadBytes(Buffer.from(example), dice);
  if (choice === 6) return Buffer.from(textOf(oddValue(dice)));
  if (choice <= 12) return Buffer.from(example);
  let node = nodeOf(route.example ?? {});
  for (let change = dice.pick([1, 1, 2, 3]); change > 0; change -= 1) node = mutateNode(node, dice);
  const text = textOf(node);
  return Buffer.from(dice.percent(85) ? text : mutateText(text, example, dice));
}

/** Bytes that are no UTF-8, in the middle of it. */
function withBadBytes(body: Buffer, dice: Dice): Buffer {
  const bad = dice.pick([[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf4, 0x90, 0x80, 0x80], [0xef, 0xbb, 0xbf]]);
  const at = dice.below(body.length + 1);
  return Buffer.concat([body.subarray(0, at), Buffer.from(bad), body.subarray(at)]);
}

function headersOf(asking: Asking, hasBody: boolean, dice: Dice): [string, string][] {
  const headers: [string, string][] = [];
  if (dice.percent(88)) headers.push(['authorization', dice.pick(asking.credentials)]);
  if (hasBody) headers.push(['content-type', dice.percent(85) ? 'application/json' : dice.pick(CONTENT_TYPES)]);
  if (dice.percent(5)) headers.push(['origin', dice.pick(['https://evil.test', 'null', 'http://hostile.test'])]);
  if (dice.percent(5)) headers.push(['x-request-id', dice.pick(['abcdefgh', 'x', 'y'.repeat(65), '"><script>'])]);
  if (dice.percent(5)) headers.push(['x-forwarded-for', dice.pick(['1.2.3.4', 'a, b', '::1', '9'.repeat(2_000)])]);
  if (dice.percent(10)) headers.push(['holdfast-connection', dice.pick(['c', 'x'.repeat(200), '0123456789abcdef01234567'])]);
  if (dice.percent(10)) headers.push(['holdfast-request', dice.pick(['1', '0', '-1', '1e3', '99999999999999999'])]);
  if (dice.percent(10)) headers.push(['last-event-id', dice.pick(['1', 'x', '9'.repeat(500), 'a.b.c'])]);
  return headers;
}
