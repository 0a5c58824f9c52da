import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import type { Outcome } from './outcome.ts';
import type { Quotas } from './quotas.ts';

const ada = person('ada');
const otto = person('otto');

async function setUp(quotas: Partial<Quotas>) {
  const harness = await new SessionHarness({ definitions: [tinyTabletop], quotas }).start();
  const create = async (by = ada, type = 'tabletop'): Promise<Outcome<{ session: SessionId }>> => {
    const made = harness.sessions.create({ type, by });
    await harness.settle();
    const outcome = await made;
    return outcome.ok ? { ok: true, session: outcome.row.session } : outcome;
  };
  const run = async (session: SessionId, command: string, args: JsonValue, as: typeof ada | 'system' = ada) => {
    const ran = harness.sessions.run(session, { as, command, args });
    await harness.settle();
    return ran;
  };
  return { harness, create, run };
}

function codeOf(outcome: Outcome<object>): string {
  return outcome.ok ? 'ok' : outcome.code;
}

test('IDENTITY-17: one person has so many sessions at a time; ended ones and those of others do not count', async () => {
  const { create, run } = await setUp({ sessions: 2 });
  const [first] = [await create(), await create()];
  assert.equal(codeOf(await create()), 'quota-exceeded');
  assert.equal(codeOf(await create(otto)), 'ok');
  assert.ok(first.ok);
  await run(first.session, '@end', null);
  assert.equal(codeOf(await create()), 'ok');
  assert.equal(codeOf(await create()), 'quota-exceeded');
});

test('IDENTITY-17: campaigns count apart from sessions', async () => {
  const { create } = await setUp({ sessions: 1, campaigns: 1 });
  assert.deepEqual([codeOf(await create(ada, 'campaign')), codeOf(await create(ada, 'campaign'))], ['ok', 'quota-exceeded']);
  assert.equal(codeOf(await create(ada)), 'ok');
  assert.equal(codeOf(await create(ada)), 'quota-exceeded');
});

test('IDENTITY-17: of many requests at once exactly as many succeed as there is room for', async () => {
  const { harness } = await setUp({ sessions: 3 });
  const all = Promise.all(Array.from({ length: 10 }, () => harness.sessions.create({ type: 'tabletop', by: ada })));
  for (let round = 0; round < 10; round += 1) await harness.settle();
  const codes = (await all).map(codeOf);
  assert.deepEqual([codes.filter((code) => code === 'ok').length, codes.filter((code) => code === 'quota-exceeded').length], [3, 7]);
});

test('IDENTITY-17: a creation that fails takes no room', async () => {
  const { create } = await setUp({ sessions: 1 });
  assert.equal(codeOf(await create(ada, 'chess')), 'unknown-type');
  assert.equal(codeOf(await create()), 'ok');
});

test('IDENTITY-17: the host itself, and Infinity, know no bound', async () => {
  const { harness, create } = await setUp({ sessions: 0 });
  assert.equal(codeOf(await create()), 'quota-exceeded');
  const own = harness.sessions.create({ type: 'tabletop', by: 'system' });
  await harness.settle();
  assert.equal(codeOf(await own), 'ok');
  const free = await setUp({ sessions: Infinity });
  assert.equal(codeOf(await free.create()), 'ok');
});

test('IDENTITY-17: one person has so many invitations to a session; those that are over do not count', async () => {
  const { create, run } = await setUp({ invites: 2 });
  const made = await create();
  assert.ok(made.ok);
  const invite = (at: number, as: typeof ada | 'system' = ada) => run(made.session, '@invite', { hash: `${at}`.padStart(43, 'h') }, as);
  const first = await invite(1);
  assert.deepEqual([codeOf(first), codeOf(await invite(2)), codeOf(await invite(3))], ['ok', 'ok', 'quota-exceeded']);
  assert.equal(codeOf(await invite(4, 'system')), 'ok');
  assert.ok(first.ok);
  await run(made.session, '@revoke-invite', { invite: String(Object(first.result).invite) });
  assert.equal(codeOf(await invite(5)), 'ok');
});

test('IDENTITY-17: people are told apart by their id, whatever it is', async () => {
  const { create } = await setUp({ sessions: 1 });
  const odd = ['campaigns ada', 'ada ', 'constructor2'].map((id) => ({ ...ada, id: id as ParticipantId }));
  for (const who of odd) assert.equal(codeOf(await create(who)), 'ok');
});
