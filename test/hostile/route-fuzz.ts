import { CODES } from '../../src/protocol/codes.ts';
import { operatorAuth, type Server } from '../../src/server/index.ts';
import { SCOPES } from '../../src/server/operator-auth.ts';
import { Dice } from './dice.ts';
import { GM_SECRET, HAND_SECRET, HostileWorld } from './hostile-world.ts';
import { isCode, leakIn } from './leaks.ts';
import { readStrictly } from './strict-json.ts';
import { hostileRequest, routesIn, type Asking, type HostileRequest } from './requests.ts';

const HOST = 'http://hostile.test';
const OPERATOR_SECRET = 'only the operators of a hostile world know it';
/** An answer may say where all the faults of a request are, but not without end. */
const MOST_REFUSAL_BYTES = 8 * 1024;

export type RouteTally = {
  readonly counts: Map<string, number>;
  readonly wrong: { readonly unit: number; readonly what: string }[];
};

export function emptyRouteTally(): RouteTally {
  return { counts: new Map(), wrong: [] };
}

/** Two servers: one whose visitors ask for what they like, beside Hal who plays on; one whose operators do. */
export class RouteFuzz {
  readonly #seed: number;
  #visited: HostileWorld | undefined;
  #operated: HostileWorld | undefined;
  #asking: Asking | undefined;
  #operatorAsking: Asking | undefined;

  constructor(seed: number) {
    this.#seed = seed;
  }

  async start(): Promise<this> {
    const operators = operatorAuth({ secret: OPERATOR_SECRET });
    this.#visited = await new HostileWorld(this.#seed, { operators }).start();
    this.#operated = await new HostileWorld(this.#seed + 1, { operators }).start();
    const { server } = this.#visited;
    const routes = routesIn(await (await this.#visited.while(server.fetch(new Request(`${HOST}/openapi.json`)))).json());
    const one = await operators.issue({ sub: 'olga', scopes: ['read'] }, 1e8);
    const all = await operators.issue({ sub: 'otto', scopes: [...SCOPES] }, 1e8);
    const names = ['hal', 'mira', 'eve', 'nobody', '1'];
    const visitors = ['eve', 'eve', 'eve', 'eve', 'eve', 'eve', 'ann', 'cyd', 'dan', 'bob'].map((name) => `Bearer ${name}`);
    const credentials = [
      ...visitors,
      ...visitors,
      'bearer ann',
      'Bearer nobody',
      'Bearer',
      'Basic ZXZlOmV2ZQ==',
      `Bearer ${'x'.repeat(4_000)}`,
      `Bearer ${one.slice(0, -3)}xyz`,
      'Bearer eve, Bearer mira',
    ];
    this.#asking = {
      routes: routes.filter(({ path }) => !path.includes('/admin/') || path.endsWith('s')),
      names,
      credentials,
      sessions: sessionsOf(this.#visited),
    };
    this.#operatorAsking = {
      routes: routes.filter(({ path }) => path.includes('/admin/')),
      names,
      credentials: [`Bearer ${all}`, `Bearer ${all}`, `Bearer ${all}`, `Bearer ${one}`],
      sessions: sessionsOf(this.#operated),
    };
    return this;
  }

  async stop(): Promise<void> {
    await this.#visited?.stop();
    await this.#operated?.stop();
  }

  /** The request of unit `unit`. */
  requestOf(unit: number): { readonly request: HostileRequest; readonly isOperator: boolean } {
    const dice = new Dice(this.#seed ^ 0x3c6ef372, unit);
    const isOperator = dice.percent(25);
    const asking = isOperator ? this.#operatorAsking : this.#asking;
    if (asking === undefined) throw new Error('start it first');
    return { request: hostileRequest(asking, dice), isOperator };
  }

  async ask(unit: number, tally: RouteTally): Promise<void> {
    const { request, isOperator } = this.requestOf(unit);
    const world = isOperator ? this.#operated : this.#visited;
    if (world === undefined) throw new Error('start it first');
    const what = await this.try(world, request, isOperator, tally);
    if (what !== undefined) tally.wrong.push({ unit, what: `${what}: ${tellRequest(request)}` });
  }

  /** What is wrong with how it was answered, if anything is. */
  async try(world: HostileWorld, request: HostileRequest, isOperator: boolean, tally: RouteTally): Promise<string | undefined> {
    const made = makeRequest(request);
    if (made === undefined) {
      count(tally, 'not a request at all');
      return undefined;
    }
    await world.settle(1);
    const before = await rowsOf(world.server);
    const response = await world.while(world.server.fetch(made));
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const text = isStream ? '' : await world.while(response.text());
    if (isStream) await response.body?.cancel();
    count(tally, `status ${response.status}`);
    if (response.status === 201) this.#learn(text, isOperator);
    const wrong = faultOfAnswer(request, response, text, tally) ?? leakIn(text, isOperator ? [] : [GM_SECRET, HAND_SECRET]);
    if (wrong !== undefined) return `${wrong} (${response.status} ${text.slice(0, 400)})`;
    if (response.status >= 400 && (await rowsOf(world.server)) !== before) return 'refused, and something changed';
    return world.failures.shift();
  }

  /** What was made is asked for later. */
  #learn(text: string, isOperator: boolean): void {
    const { session, campaign } = Object(parse(text)) as { session?: { id?: unknown }; campaign?: { id?: unknown } };
    const id = session?.id ?? campaign?.id;
    const known = isOperator ? this.#operatorAsking?.sessions : this.#asking?.sessions;
    if (typeof id !== 'string' || known === undefined) return;
    known.push(id);
    if (known.length > KNOWN_MOST) known.splice(6, 1);
  }

  /** Undefined, or what is wrong after all of it. */
  async lookAround(): Promise<string | undefined> {
    const world = this.#visited;
    if (world === undefined) return 'not started';
    await world.wait(65_000);
    await world.play();
    const { open, kept } = world.server.connections.counts();
    if (open !== 1 || kept !== 0) return `left behind: ${open} open, ${kept} kept connections`;
    return world.compareHal();
  }
}

/** Something that answers name, and requests may name then. */
const KNOWN_MOST = 40;

/** Where every session stands. */
async function rowsOf(server: Server): Promise<string> {
  const rows = await server.sessions.list({ limit: 1_000 });
  return JSON.stringify(rows.map(({ session, headSeq, rev }) => [session, headSeq, rev]));
}

function sessionsOf(world: HostileWorld): string[] {
  return Object.values(world.sessions);
}

/** Undefined where no HTTP client would send it. */
export function makeRequest({ method, target, headers, body }: HostileRequest): Request | undefined {
  try {
    return new Request(`${HOST}${target}`, {
      method,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      body: body === undefined ? null : new Uint8Array(body),
    });
  } catch {
    return undefined;
  }
}

function faultOfAnswer(request: HostileRequest, response: Response, text: string, tally: RouteTally): string | undefined {
  const { status } = response;
  if (response.headers.get('x-request-id') === null) return 'no request id';
  if (status < 400 && request.route?.answers[String(status)] === undefined && request.route !== undefined) return 'an undescribed success';
  if (status < 400) return faultOfTaken(request);
  if (request.method === 'HEAD') return text === '' ? undefined : 'a body for HEAD';
  if (text.length > MOST_REFUSAL_BYTES) return `a refusal of ${text.length} characters`;
  const { error } = Object(parse(text)) as { error?: Record<string, unknown> };
  const { code, message, then } = error ?? {};
  if (!isCode(code) || typeof message !== 'string' || message === '') return 'not the shape of a refusal';
  count(tally, `code ${String(code)}`);
  const row = CODES[code as keyof typeof CODES];
  if (status !== row.http && status !== 405) return `${String(code)} has the status ${row.http}`;
  if (code === 'internal') return 'something failed inside';
  if (typeof then !== 'string') return 'it does not say what to do';
  const described = request.route?.answers[String(status)];
  if (request.route === undefined || status === 405) return undefined;
  return described?.includes(`\`${String(code)}\``) === true ? undefined : `the description has no ${status} with ${String(code)}`;
}

/** What was taken was sound JSON. Frames are read one by one, and no refusal of theirs is that of the request. */
function faultOfTaken({ route, body }: HostileRequest): string | undefined {
  if (route?.takesBody !== true || body === undefined || body.length === 0 || route.path.endsWith('/frames')) return undefined;
  const read = readStrictly(body.toString('utf8'));
  if (read === undefined || Buffer.compare(Buffer.from(body.toString('utf8')), body) !== 0) return 'a body that is no JSON was taken';
  return read.faults.length === 0 ? undefined : `a body with faults was taken: ${read.faults.join(', ')}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function count(tally: RouteTally, what: string): void {
  tally.counts.set(what, (tally.counts.get(what) ?? 0) + 1);
}

export function tellRequest({ method, target, headers, body }: HostileRequest): string {
  return JSON.stringify({ method, target, headers, body: body?.toString('latin1').slice(0, 600) });
}
