import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { Identity } from '../protocol/ports.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

const [mira, ada] = [person('mira'), person('ada')];
const TOKEN = 'a-token-of-many-random-bits';
const HASH = createHash('sha256').update(TOKEN).digest('base64url');

/** A session that only invited people may join, and an invite to it. */
async function table(more: JsonObject = {}): Promise<{ harness: SessionHarness; session: SessionId; invite: string }> {
  const harness = await new SessionHarness({ definitions: [tinyTabletop] }).start();
  const session = await harness.create('tabletop', mira, { access: 'invite' });
  const { invite } = (await act(harness, session, mira, '@invite', { hash: HASH, ...more })) as { invite: string };
  return { harness, session, invite };
}

async function act(
  harness: SessionHarness,
  session: SessionId,
  as: Identity | 'system',
  command: string,
  args: JsonValue,
): Promise<JsonValue> {
  const ran = harness.sessions.run(session, { as, command, args });
  await harness.settle();
  const outcome = await ran;
  return outcome.ok ? (outcome.result ?? 'ok') : outcome.code;
}

async function invitesOf(harness: SessionHarness, session: SessionId): Promise<Record<string, JsonObject>> {
  const read = harness.sessions.read(session, mira.id).then((outcome) => (outcome.ok ? outcome.meta : {}));
  await harness.settle();
  const meta = await harness.sessions.read(session, 'system');
  await read;
  assert.ok(meta.ok);
  return (meta.meta['moderation'] as JsonObject)['invites'] as Record<string, JsonObject>;
}

function knock(harness: SessionHarness, session: SessionId, who: Identity, invite?: string): HarnessConnection {
  return harness.knock(session, who, (invite === undefined ? {} : { invite }) as object);
}

test('ACCESS-9: who holds the token joins with the invite’s role, and the join is its use', async () => {
  const { harness, session, invite } = await table({ role: 'spectator', uses: 2, label: 'for the team' });
  const connection = knock(harness, session, ada, TOKEN);
  await harness.settle();
  assert.equal(connection.welcome?.participant.role, 'spectator');
  const kept = (await invitesOf(harness, session))[invite];
  assert.deepEqual(
    [kept?.['used'], kept?.['uses'], kept?.['label'], kept?.['by'], kept?.['usedBy']],
    [1, 2, 'for the team', 'mira', { ada: 3 }],
  );
});

test('ACCESS-9: who takes part already uses nothing up', async () => {
  const { harness, session, invite } = await table();
  for (let times = 0; times < 3; times += 1) knock(harness, session, ada, TOKEN);
  await harness.settle();
  assert.equal((await invitesOf(harness, session))[invite]?.['used'], 1);
});

test('ACCESS-9: wrong, expired, revoked and used-up tokens are refused alike', async () => {
  const codes = new Set<string>();
  const refused = async (harness: SessionHarness, session: SessionId, token: string): Promise<void> => {
    const connection = knock(harness, session, person('zoe'), token);
    await harness.settle();
    assert.equal(connection.welcome, undefined);
    codes.add(JSON.stringify(connection.frames));
  };
  const wrong = await table();
  await refused(wrong.harness, wrong.session, `${TOKEN}x`);
  const expired = await table({ expiresInMs: 1_000 });
  expired.harness.clock.advance(1_000);
  await refused(expired.harness, expired.session, TOKEN);
  const revoked = await table();
  await act(revoked.harness, revoked.session, mira, '@revoke-invite', { invite: revoked.invite });
  await refused(revoked.harness, revoked.session, TOKEN);
  const usedUp = await table({ uses: 1 });
  knock(usedUp.harness, usedUp.session, ada, TOKEN);
  await refused(usedUp.harness, usedUp.session, TOKEN);
  assert.equal(codes.size, 1);
  assert.match([...codes][0] ?? '', /invite-invalid/);
});

test('IDENTITY-20: whether there is a session cannot be told from how a login or a join with an invite is refused', async () => {
  const { harness, session } = await table();
  const missing = 'AAAAAAAAAAAAAAAAAAAAAA' as SessionId;
  for (const invite of [undefined, 'wrong']) {
    const [here, nowhere] = [knock(harness, session, ada, invite), knock(harness, missing, ada, invite)];
    await harness.settle();
    assert.deepEqual([here.closed, here.frames], [nowhere.closed, nowhere.frames], String(invite));
    const args = invite === undefined ? {} : { invite };
    assert.equal(await act(harness, session, ada, '@join', args), await act(harness, missing, ada, '@join', args));
  }
});

test('ACCESS-9: the token is nowhere in what is stored', async () => {
  const { harness, session } = await table();
  knock(harness, session, ada, TOKEN);
  await harness.settle();
  const { events } = await harness.store.read(session, 0, 100);
  assert.ok(events.length >= 3);
  for (const { header, content } of events) assert.ok(!`${header}${content}`.includes(TOKEN));
});

test('ACCESS-9: the store leads from the hash to the session until the invite is revoked', async () => {
  const { harness, session, invite } = await table();
  assert.deepEqual(await harness.store.findInvite(HASH), { session, invite });
  await act(harness, session, mira, '@revoke-invite', { invite });
  assert.equal(await harness.store.findInvite(HASH), undefined);
});

test('ACCESS-9: of invites that are over 500 are kept, and the store forgets the others with them', async () => {
  const { harness, session } = await table();
  const hashes = Array.from({ length: 505 }, (_, count) => createHash('sha256').update(String(count)).digest('base64url'));
  for (const hash of hashes) {
    assert.notEqual(await act(harness, session, mira, '@invite', { hash, expiresInMs: 1_000 }), 'quota-exceeded');
    harness.clock.advance(1_001);
  }
  await act(harness, session, mira, '@invite', { hash: HASH });
  assert.equal(Object.keys(await invitesOf(harness, session)).length, 502);
  assert.equal(await harness.store.findInvite(hashes[3] ?? ''), undefined);
  assert.notEqual(await harness.store.findInvite(hashes[10] ?? ''), undefined);
});

test('ACCESS-10: ten thousand uses at once of an invite with seven admit exactly seven', async () => {
  const { harness, session, invite } = await table({ uses: 7, role: 'spectator' });
  const asking = Array.from({ length: 10_000 }, (_, index) => knock(harness, session, person(`p${index}`), TOKEN));
  await harness.settle();
  assert.equal(asking.filter(({ welcome }) => welcome !== undefined).length, 7);
  assert.equal((await invitesOf(harness, session))[invite]?.['used'], 7);
});

test('ACCESS-15: a guest’s credential is good for one session, and only while its invite is', async () => {
  const { harness, session, invite } = await table({ uses: 1 });
  const other = await harness.create('tabletop', mira, { access: 'open' });
  const guest: Identity = { ...person('guest-1'), guest: { session, invite } };
  const elsewhere = await harness.connect(other, guest);
  assert.equal(elsewhere.closed, 'not-found');
  const here = await harness.connect(session, guest);
  assert.equal(here.welcome?.participant.role, 'player');
  const second = await harness.connect(session, { ...person('guest-2'), guest: { session, invite } });
  assert.equal(second.closed, 'invite-invalid');
});

test('ACCESS-15: an account that claims a guest goes on as that participant, and the guest’s credential is refused', async () => {
  const { harness, session, invite } = await table();
  const guest: Identity = { ...person('guest-1'), guest: { session, invite } };
  const before = await harness.connect(session, guest);
  harness.send(session, before, 1, 'draw', { card: 'ace' });
  await harness.settle();
  const claimed = await act(harness, session, 'system', '@claim', { guest: 'guest-1', account: 'ada', name: 'Ada' });
  assert.deepEqual(claimed, { participant: 'guest-1' });
  const after = await harness.connect(session, ada);
  assert.deepEqual([after.welcome?.participant.id, after.welcome?.participant.name], ['guest-1', 'Ada']);
  assert.ok(JSON.stringify(after.frames).includes('ace'));
  assert.equal((await harness.connect(session, guest)).closed, 'invite-invalid');
  assert.equal(await act(harness, session, 'system', '@claim', { guest: 'guest-1', account: 'eve', name: 'Eve' }), 'bad-request');
});
