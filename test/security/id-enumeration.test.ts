import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hello, LiveServer, routesOf } from './live.ts';

const MISSING = 'N'.repeat(22);
/** Bodies with which a route goes as far as it can. */
const BODIES: Readonly<Record<string, object>> = {
  'commands': { name: 'roll', args: { sides: 6 } },
  'stream': { t: 'hello', version: 1, session: '' },
  'frames': [],
  'role': { participant: 'ada', role: 'player' },
  'rename': { name: 'x' },
  'lock': { locked: true },
  'kick': { participant: 'ada' },
  'ban': { participant: 'ada' },
  'unban': { participant: 'ada' },
  'transfer': { participant: 'ada' },
  'hand-over': { participant: 'ada' },
};

/** What a stranger hears, the id itself taken out of it. */
async function heard(live: LiveServer, method: string, path: string, id: string): Promise<string> {
  const place = path.replace('{id}', id).replace(/\{\w+\}/, 'i1');
  const known = BODIES[path.split('/').at(-1) ?? ''] ?? {};
  const body = 'session' in known ? { ...known, session: id } : known;
  const headers = { 'x-request-id': 'the-same-id', 'holdfast-connection': 'c1' };
  const { status, text, headers: got } = await live.as('eve', method, place, method === 'POST' ? { body, headers } : { headers });
  const shown = [...got].filter(([name]) => name !== 'date');
  return `${status} ${text.replaceAll(id, '(id)')} ${JSON.stringify(shown)}`;
}

test('IDENTITY-20: on every route a session that one may not know of answers as one that is not there', async (t) => {
  const live = await LiveServer.start(t);
  const hidden = await live.table('ada', { access: 'invite', listed: false });
  const { text } = await live.as('ada', 'POST', '/v1/campaigns', { body: { name: 'Reef' } });
  const campaign = String(Object(JSON.parse(text)).campaign.id);
  const ofCampaign = await live.table('ada', { campaign, access: 'members' });
  const ended = await live.table('ada', { access: 'invite', listed: false });
  await live.as('ada', 'POST', `/v1/sessions/${ended}/end`, { body: {} });
  const routes = (await routesOf(live)).filter(([, path]) => path.includes('{id}'));
  assert.ok(routes.length > 30, `only ${routes.length} routes`);
  for (const [method, path] of routes) {
    const missing = await heard(live, method, path, MISSING);
    const ids = path.startsWith('/v1/campaigns') ? [campaign, hidden] : [hidden, ofCampaign, ended, campaign];
    for (const id of ids) assert.equal(await heard(live, method, path, id), missing, `${method} ${path}`);
    assert.doesNotMatch(missing, /^2/, `${method} ${path}`);
  }
});

test('IDENTITY-20: a connection to such a session ends as one to none', async (t) => {
  const live = await LiveServer.start(t);
  const hidden = await live.table('ada', { access: 'invite', listed: false });
  const token = await live.token('eve');
  const heardOf = async (id: string) => {
    const { code, frames } = await live.socket([hello(id, token)]);
    return JSON.stringify([code, frames]).replaceAll(id, '(id)');
  };
  assert.equal(await heardOf(hidden), await heardOf(MISSING));
  assert.match(await heardOf(MISSING), /not-found/);
});

test('IDENTITY-20: lists, watches and counts tell strangers nothing of it', async (t) => {
  const live = await LiveServer.start(t);
  const before = await live.as('eve', 'GET', '/v1/sessions?owner=ada');
  const hidden = await live.table('ada', { name: 'The secret cellar', access: 'invite', listed: false });
  for (const query of ['', '?owner=ada', '?text=cellar', '?type=tabletop&seatsFree=true']) {
    const { text } = await live.as('eve', 'GET', `/v1/sessions${query}`);
    assert.ok(!text.includes(hidden) && !text.includes('cellar'), query);
  }
  assert.equal((await live.as('eve', 'GET', '/v1/sessions?owner=ada')).text, before.text);
  assert.ok(!(await live.call('GET', '/metrics')).text.includes(hidden));
});
