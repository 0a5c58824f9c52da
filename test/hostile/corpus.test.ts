import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { HostileWorld } from './hostile-world.ts';
import { tryText } from './parser-fuzz.ts';
import { operatorAuth } from '../../src/server/index.ts';
import { routesIn } from './requests.ts';
import { emptyRouteTally, RouteFuzz } from './route-fuzz.ts';
import { emptySocketTally, SocketFuzz } from './socket-fuzz.ts';
import { tryServerText } from './view-fuzz.ts';

/** What once found a fault, and what that was. `{open}`, `{ended}`, ... stand for sessions of a hostile world. */
type Entry = { readonly found: string } & (
  | { readonly kind: 'client-text'; readonly text: string; readonly first: boolean }
  | { readonly kind: 'server-text'; readonly text: string }
  | {
      readonly kind: 'request';
      readonly method: string;
      readonly route: string;
      readonly target: string;
      readonly as?: string;
      readonly body?: unknown;
      /** In place of a body, as it stands. */
      readonly text?: string;
    }
  | { readonly kind: 'bytes'; readonly pieces: readonly string[]; readonly then: 'wait' | 'end' | 'reset' | 'deaf' }
);

const CORPUS = new URL('corpus/', import.meta.url);
const OPERATOR_SECRET = 'of the operators of what was once found, only';

const replay: { readonly [K in Entry['kind']]: (entry: Extract<Entry, { kind: K }>) => Promise<unknown> } = {
  'client-text': async ({ text, first }) => tryText(text, first).wrong,
  'server-text': async ({ text }) => tryServerText(text).wrong,
  async 'request'({ method, route, target, as, body, text = JSON.stringify(body) }) {
    const operators = operatorAuth({ secret: OPERATOR_SECRET });
    const world = await new HostileWorld(1, { operators }).start();
    const described = routesIn(await (await world.while(world.server.fetch(new Request('http://hostile.test/openapi.json')))).json());
    const token = as === 'operator' ? await operators.issue({ sub: 'otto', scopes: ['read', 'end'] }, 600) : as;
    const asked = {
      method,
      route: described.find((each) => each.method === method && each.path === route),
      target: target.replace(/\{(\w+)\}/, (_, name: string) => String(world.sessions[name])),
      headers: [
        ...(token === undefined ? [] : [['authorization', `Bearer ${token}`] as const]),
        ['content-type', 'application/json'] as const,
      ],
      body: text === undefined ? undefined : Buffer.from(text),
    };
    assert.ok(asked.route !== undefined, 'there is no such route');
    const wrong = await new RouteFuzz(1).try(world, asked, false, emptyRouteTally());
    await world.stop();
    return wrong;
  },
  async 'bytes'({ pieces, then }) {
    const fuzz = await new SocketFuzz(1).start();
    const wrong = await fuzz.make(
      { name: 'corpus', pieces: pieces.map((piece) => Buffer.from(piece, 'latin1')), then },
      emptySocketTally(),
    );
    const after = wrong ?? (await fuzz.drained()) ?? (await fuzz.lookAround());
    await fuzz.stop();
    return after;
  },
};

function replayEntry(entry: Entry): Promise<unknown> {
  // One function for each kind, each given its own.
  return replay[entry.kind](entry as never);
}

for (const name of readdirSync(CORPUS)) {
  test(`HOSTILE-8: ${name.replace('.json', '').replaceAll('-', ' ')}`, async () => {
    const entry = JSON.parse(readFileSync(new URL(name, CORPUS), 'utf8')) as Entry;
    assert.equal(await replayEntry(entry), undefined, entry.found);
  });
}
