import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RIGHTS } from '../definition/rights.ts';
import { defineSession } from '../definition/define-session.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

const [mira, ada, tom, sue] = [person('mira'), person('ada'), person('tom'), person('sue')];

async function table(
  definition = tinyTabletop as Parameters<typeof withPeople>[1],
): Promise<{ harness: SessionHarness; session: SessionId }> {
  const harness = await new SessionHarness({ definitions: [definition] }).start();
  const session = await withPeople(harness, definition);
  return { harness, session };
}

/** Mira owns it and runs it, Tom runs it too, Ada plays, Sue looks on. */
async function withPeople(harness: SessionHarness, definition: typeof tinyTabletop): Promise<SessionId> {
  const session = await harness.create(definition.name, mira);
  for (const who of [mira, ada, tom]) await harness.connect(session, who);
  await harness.connect(session, sue, { role: 'spectator' });
  await act(harness, session, mira, '@role', { participant: 'tom', role: 'gm' });
  return session;
}

async function act(
  harness: SessionHarness,
  session: SessionId,
  as: typeof mira | 'system',
  command: string,
  args: JsonValue,
): Promise<string> {
  const ran = harness.sessions.run(session, { as, command, args });
  await harness.settle();
  const outcome = await ran;
  return outcome.ok ? 'ok' : outcome.code;
}

async function metaOf(harness: SessionHarness, session: SessionId): Promise<JsonObject> {
  const read = harness.sessions.read(session, 'system');
  await harness.settle();
  const outcome = await read;
  assert.ok(outcome.ok);
  return outcome.meta;
}

async function roleOf(harness: SessionHarness, session: SessionId, who: typeof mira): Promise<string | null> {
  const asked = harness.sessions.roleOf(session, who.id);
  await harness.settle();
  const outcome = await asked;
  assert.ok(outcome.ok);
  return outcome.role;
}

const EXAMPLES: Record<string, [command: string, args: JsonValue]> = {
  'rename': ['@rename', { name: 'Other' }],
  'invite': ['@invite', { hash: 'x'.repeat(43) }],
  'role': ['@role', { participant: 'ada', role: 'spectator' }],
  'hand-over': ['@hand-over', { participant: 'ada' }],
  'transfer': ['@transfer', { participant: 'ada' }],
  'kick': ['@kick', { participant: 'ada' }],
  'ban': ['@ban', { participant: 'ada' }],
  'lock': ['@lock', { locked: true }],
  'end': ['@end', null],
};

for (const right of RIGHTS.filter((one) => Object.hasOwn(EXAMPLES, one))) {
  const [command, args] = EXAMPLES[right] as [string, JsonValue];
  test(`ACCESS-1: ${right} is for the owner${right === 'transfer' ? '' : ' and the GM'}, not for players, spectators and strangers`, async () => {
    for (const who of [ada, sue, person('stranger')]) {
      const { harness, session } = await table();
      const before = await metaOf(harness, session);
      assert.equal(await act(harness, session, who, command, args), 'forbidden', who.id);
      assert.deepEqual(await metaOf(harness, session), before);
    }
    const ofGm = await table();
    assert.equal(await act(ofGm.harness, ofGm.session, tom, command, args), right === 'transfer' ? 'forbidden' : 'ok');
    const ofOwner = await table();
    assert.equal(await act(ofOwner.harness, ofOwner.session, mira, command, args), 'ok');
  });
}

test('ACCESS-1: a definition gives a right to others', async () => {
  const anarchic = defineSession('tabletop', {
    version: 1,
    initial: () => ({}),
    policies: { access: 'open', rights: { kick: ['player'] } },
  });
  const harness = await new SessionHarness({ definitions: [anarchic] }).start();
  const session = await harness.create('tabletop', mira);
  for (const who of [mira, ada, tom]) await harness.connect(session, who);
  assert.equal(await act(harness, session, ada, '@kick', { participant: 'tom' }), 'ok');
  assert.equal(await act(harness, session, mira, '@kick', { participant: 'ada' }), 'forbidden');
});

test('ACCESS-2: nobody acts on the owner, and on a GM only the owner', async () => {
  const { harness, session } = await table();
  assert.equal(await act(harness, session, tom, '@kick', { participant: 'mira' }), 'forbidden');
  assert.equal(await act(harness, session, tom, '@ban', { participant: 'mira' }), 'forbidden');
  assert.equal(await act(harness, session, tom, '@role', { participant: 'mira', role: 'player' }), 'forbidden');
  await act(harness, session, mira, '@role', { participant: 'ada', role: 'gm' });
  assert.equal(await act(harness, session, tom, '@kick', { participant: 'ada' }), 'forbidden');
  assert.equal(await act(harness, session, mira, '@kick', { participant: 'ada' }), 'ok');
  assert.equal(await act(harness, session, mira, '@kick', { participant: 'mira' }), 'bad-request');
  assert.equal(await act(harness, session, tom, '@ban', { participant: 'tom' }), 'bad-request');
});

test('ACCESS-2: an owner who only plays is out of reach of the GM, too', async () => {
  const { harness, session } = await table();
  assert.equal(await act(harness, session, mira, '@role', { participant: 'mira', role: 'player' }), 'ok');
  for (const [command, args] of [
    ['@kick', {}],
    ['@ban', {}],
    ['@role', { role: 'spectator' }],
  ] as const)
    assert.equal(await act(harness, session, tom, command, { participant: 'mira', ...args }), 'forbidden', command);
  assert.equal(await roleOf(harness, session, mira), 'player');
});

test('ACCESS-3: a command that comes after a change of role is decided by the new role', async () => {
  const { harness, session } = await table();
  const connection = await harness.connect(session, tom);
  const demoted = harness.sessions.run(session, { as: mira, command: '@role', args: { participant: 'tom', role: 'player' } });
  harness.send(session, connection, 1, 'hide', { key: 'a', text: 'trap' });
  await harness.settle();
  assert.ok((await demoted).ok);
  assert.deepEqual(
    connection.rejects.map(({ code }) => code),
    ['forbidden'],
  );
});

test('ACCESS-6: handing over makes someone else the GM, and the giver a player', async () => {
  const { harness, session } = await table();
  assert.equal(await act(harness, session, tom, '@hand-over', { participant: 'ada' }), 'ok');
  assert.deepEqual([await roleOf(harness, session, ada), await roleOf(harness, session, tom)], ['gm', 'player']);
  assert.equal(await act(harness, session, mira, '@transfer', { participant: 'ada' }), 'ok');
  assert.equal((await metaOf(harness, session))['owner'], 'ada');
  assert.equal(await act(harness, session, ada, '@kick', { participant: 'mira' }), 'ok');
});

test('ACCESS-7: a participant changes their own name, colour and avatar', async () => {
  const { harness, session } = await table();
  assert.equal(
    await act(harness, session, ada, '@profile', { name: 'Ada II', color: '#AA5500', avatar: 'https://example.org/a.png' }),
    'ok',
  );
  const { participants } = (await metaOf(harness, session)) as { participants: Record<string, JsonObject> };
  assert.deepEqual(participants['ada'], {
    name: 'Ada II',
    role: 'player',
    joinedSeq: 3,
    color: '#AA5500',
    avatar: 'https://example.org/a.png',
  });
  await act(harness, session, ada, '@profile', { color: null });
  assert.equal(
    ((await metaOf(harness, session)) as { participants: Record<string, JsonObject> }).participants['ada']?.['color'],
    undefined,
  );
});

test('ACCESS-7: what could run or mislead is refused in a profile', async () => {
  const { harness, session } = await table();
  for (const args of [
    { avatar: 'javascript:alert(1)' },
    { avatar: 'http://example.org/a.png' },
    { avatar: 'https://example.org/"><script>' },
    { avatar: `https://example.org/${'a'.repeat(600)}` },
    { color: 'red' },
    { name: '' },
    { name: 'a'.repeat(65) },
    { name: 'a\nb' },
    { role: 'gm' },
  ])
    assert.equal(await act(harness, session, ada, '@profile', args), 'invalid-arguments', JSON.stringify(args));
});

test('ACCESS-8: the audience takes no seat, appears in nobody’s view, and the GM can page through it', async () => {
  const { harness, session } = await table();
  const { participants } = (await metaOf(harness, session)) as { participants: JsonObject };
  assert.deepEqual(Object.keys(participants), ['mira', 'ada', 'tom']);
  const row = await harness.sessions.get(session);
  assert.equal(row?.seats, 3);
  const asked = harness.sessions.people(session, mira.id);
  await harness.settle();
  const people = await asked;
  assert.ok(people.ok);
  assert.deepEqual(
    people.people.map(({ id, role }) => [id, role]),
    [
      ['mira', 'gm'],
      ['ada', 'player'],
      ['tom', 'gm'],
      ['sue', 'spectator'],
    ],
  );
  const refused = harness.sessions.people(session, ada.id);
  await harness.settle();
  assert.equal(((await refused) as { code?: string }).code, 'forbidden');
});

test('ACCESS-8: nobody is told that one of the audience leaves or is made to', async () => {
  const { harness, session } = await table();
  const miras = await harness.connect(session, mira);
  const [zoe, vic] = [person('zoe'), person('vic')];
  const [zoes] = [await harness.connect(session, zoe, { role: 'spectator' }), await harness.connect(session, vic, { role: 'spectator' })];
  harness.send(session, zoes, 1, '@leave', {});
  await harness.settle();
  await act(harness, session, mira, '@kick', { participant: 'vic' });
  assert.ok(!/zoe|vic/i.test(JSON.stringify(miras.frames)));
});

test('ACCESS-8: a spectator who becomes a player takes a seat, if there is one', async () => {
  const harness = await new SessionHarness({ definitions: [tinyTabletop] }).start();
  const session = await harness.create('tabletop', mira, { maxParticipants: 2 });
  await harness.connect(session, mira);
  await harness.connect(session, sue, { role: 'spectator' });
  await harness.connect(session, ada);
  assert.equal(await act(harness, session, mira, '@role', { participant: 'sue', role: 'player' }), 'full');
  await act(harness, session, mira, '@kick', { participant: 'ada' });
  assert.equal(await act(harness, session, mira, '@role', { participant: 'sue', role: 'player' }), 'ok');
  assert.equal((await harness.sessions.get(session))?.seats, 2);
});

test('ACCESS-18: the last seat is given once, however many ask at the same time', async () => {
  const harness = await new SessionHarness({ definitions: [tinyTabletop] }).start();
  const session = await harness.create('tabletop', mira, { maxParticipants: 3 });
  await harness.connect(session, mira);
  const asking = Array.from({ length: 50 }, (_, index) => harness.knock(session, person(`p${index}`)));
  await harness.settle();
  assert.equal(asking.filter(({ welcome }) => welcome !== undefined).length, 2);
  assert.ok(asking.every(({ welcome, closed }) => (welcome === undefined) === (closed === 'full')));
});
