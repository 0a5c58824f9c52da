import { createServer, sqliteStore, type Authentication, type ParticipantId, type Server } from '../../src/server/index.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { quest } from './quest.ts';

/** A server over a data directory, on virtual time. Everyone's token is their name. */
export class QuestServer {
  readonly clock: VirtualClock;
  readonly server: Server;

  constructor(dir: string, startedAt?: number) {
    this.clock = new VirtualClock(startedAt === undefined ? {} : { startedAt });
    const verify = (token: string): Promise<Authentication> =>
      Promise.resolve({ ok: true, identity: { id: token as ParticipantId, name: token.toUpperCase(), claims: {} } });
    this.server = createServer({
      sessions: [quest],
      store: sqliteStore({ dir }),
      auth: { kind: 'names', verify },
      guests: { secret: 'Zk7Rm5Yc8Ne2Bh6Jd4Lf0GspT3q9vXw1' },
      port: null,
      logger: false,
      clock: this.clock,
      sweepEveryMs: null,
    });
  }

  /** Lets time go on by moments while something is under way. */
  readonly during = async <T>(promise: Promise<T> | T): Promise<T> => {
    let isOver = false;
    const settled = Promise.resolve(promise).finally(() => (isOver = true));
    while (!isOver) {
      this.clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return settled;
  };

  start(): Promise<void> {
    return this.during(this.server.start());
  }

  stop(): Promise<void> {
    return this.during(this.server.stop());
  }

  /** So much later; what was due meanwhile is done then. */
  async wait(ms: number): Promise<void> {
    this.clock.sleep(ms);
    await this.during(new Promise((resolve) => setImmediate(resolve)));
  }

  /** Asks the server over HTTP; the answer's code is in `code` where it is refused. */
  async ask(
    who: string | undefined,
    method: 'GET' | 'POST',
    path: string,
    body: object = {},
  ): Promise<{ code?: string; json: JsonObject }> {
    const request = new Request(`http://quest.test/v1${path}`, {
      ...(method === 'GET' ? {} : { method, body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json', ...(who === undefined ? {} : { authorization: `Bearer ${who}` }) },
    });
    const response = await this.during(this.server.fetch(request));
    const json = JSON.parse((await this.during(response.text())) || '{}') as JsonObject;
    const { code }: { code?: string } = Object(json['error']);
    return { ...(code === undefined ? {} : { code }), json };
  }

  /** Does something that must succeed. */
  async act(who: string, path: string, body: object = {}): Promise<JsonObject> {
    const { code, json } = await this.ask(who, 'POST', path, body);
    if (code !== undefined) throw new Error(`${path} ${JSON.stringify(body)}: ${JSON.stringify(json)}`);
    return json;
  }

  async play(who: string, session: string, name: string, args: object): Promise<JsonObject> {
    return this.act(who, `/sessions/${session}/commands`, { name, args });
  }
}
