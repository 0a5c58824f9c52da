import './pack-at-once.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import type { ParticipantId } from '../../src/protocol/ids.ts';
import { createServer, memoryStore, type Authentication } from '../../src/server/index.ts';
import { settle } from '../../src/testing/settle-adapter.ts';
import { openGame } from './game.ts';
import { makeSchedule } from './schedule.ts';
import { HUSH, LONG } from './secrets.ts';

const { Play } = await import('./play.ts');
const { World } = await import('./world.ts');

const SCHEDULES = 60;
/** Everything that proves who somebody is. */
const PROOFS = /"(?:token|reconnect|ticket)":"([^"]{16,})"/g;

/** Every line that a server logs, however small. */
function listen(): { logger: ReturnType<typeof pino>; lines: string[] } {
  const lines: string[] = [];
  return { lines, logger: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }) };
}

test(`LEAK-3: in ${SCHEDULES} schedules no line of the log holds anything hidden, nor a token`, async () => {
  // Ids may be logged.
  const secrets = { ...LONG, stranger: 'stranger', audience: { id: 'vic', name: LONG.audience.name } };
  let proofs = 0;
  for (let seed = 1; seed <= SCHEDULES; seed += 1) {
    const { logger, lines } = listen();
    const world = new World(makeSchedule(seed), secrets, logger);
    await new Play(world).run();
    const log = lines.join('');
    assert.ok(lines.length > 20, 'it logs');
    assert.ok(!log.includes(HUSH), `seed ${seed}: ${lines.find((line) => line.includes(HUSH))}`);
    const given = [...world.entries.values()].flat().flatMap(({ text }) => [...text.matchAll(PROOFS)].map(([, proof = '']) => proof));
    for (const proof of given) assert.ok(!log.includes(proof), `seed ${seed}: ${lines.find((line) => line.includes(proof))}`);
    proofs += given.length;
  }
  assert.ok(proofs > 200, `${proofs} tokens were given out`);
});

test('LEAK-3: a credential, a name and what others hide are in no log, count, description or error of somebody else', async (t) => {
  const canary = 'canary-of-the-coal-mine';
  const { logger, lines } = listen();
  const verify = (token: string): Promise<Authentication> => {
    const [name = ''] = token.split('.');
    if (!token.endsWith(canary)) return Promise.resolve({ ok: false, message: 'Nobody has this token.' });
    return Promise.resolve({ ok: true, identity: { id: name as ParticipantId, name: `${name} ${canary}`, claims: {} } });
  };
  const server = createServer({ sessions: [openGame], store: memoryStore(), port: null, logger, auth: { kind: 'names', verify } });
  await server.start();
  t.after(() => server.stop());
  const ask = async (who: string | undefined, method: string, path: string, body?: object): Promise<string> => {
    const headers = {
      ...(who === undefined ? {} : { authorization: `Bearer ${who}.${canary}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await server.fetch(
      new Request(`http://a.mine${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) }),
    );
    return response.text();
  };
  const { session } = JSON.parse(await ask('mira', 'POST', '/v1/sessions', { type: 'open-game' })) as { session: { id: string } };
  const path = `/v1/sessions/${session.id}`;
  const run = (who: string, name: string, args: object): Promise<string> => ask(who, 'POST', `${path}/commands`, { name, args });
  for (const who of ['mira', 'jon', 'eve']) await ask(who, 'POST', `${path}/join`, {});
  const done = [
    await run('mira', 'hide', { key: 'trap', text: canary }),
    await run('mira', 'whisper', { text: canary, to: { participants: ['jon'] } }),
    await run('mira', 'later', { text: canary }),
    await run('jon', '@profile', { name: canary, avatar: `https://example.org/${canary}` }),
    await ask('mira', 'POST', `${path}/ban`, { participant: 'eve', reason: canary }),
    await ask('mira', 'POST', `${path}/invites`, { label: canary }),
  ];
  for (const answer of done) assert.ok(answer.includes('"seq"') || answer.includes('"token"'), answer);
  const refused = [
    await run('zoe', 'hide', { key: 'trap', text: 'x' }),
    await ask('eve', 'POST', `${path}/join`, {}),
    await ask('zoe', 'GET', `${path}/invites`),
    await ask('zoe', 'POST', '/v1/invites/preview', { token: 'made-up' }),
    await ask(undefined, 'GET', `${path}?token=${canary}`),
    await ask(undefined, 'GET', `${path}/stream?ticket=${canary}`),
  ];
  for (const answer of refused) assert.ok(answer.includes('"error"') && !answer.includes(canary), answer);
  for (const open of ['/metrics', '/healthz', '/readyz', '/openapi.json'])
    assert.ok(!(await ask(undefined, 'GET', open)).includes(canary), open);
  await settle();
  assert.ok(lines.length > 10, 'it logs');
  const telling = lines.filter((line) => line.includes(canary));
  assert.deepEqual(telling, []);
});
