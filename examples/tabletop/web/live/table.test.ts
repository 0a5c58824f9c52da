import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ParticipantId } from 'holdfast/client';
import { personOf } from './people.ts';
import type { Seat } from './seat.ts';
import { spell, Table } from './table.ts';

/** A seat at a table whose server is the test. */
function seatAt(t: TestContext): { table: Table; setLink: (link: Seat['link']) => void; answer: (error?: Error) => Promise<void> } {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const asked: PromiseWithResolvers<never>[] = [];
  const ask = (): Promise<never> => {
    asked.push(Promise.withResolvers());
    return asked.at(-1)?.promise ?? Promise.reject(new Error('nothing was asked'));
  };
  const me = personOf({ id: 'mira' as ParticipantId, name: 'Mira', role: 'gm' }, undefined, 'mira');
  let changed = (): void => undefined;
  let link: Seat['link'] = { kind: 'live', roundTripMs: 20 };
  const seat: Seat = {
    id: 'night-watch',
    name: 'Night watch',
    ended: false,
    state: { tokens: {}, rolls: [], lines: [] },
    self: me,
    people: [me],
    house: { owner: 'mira', access: 'open', campaign: null, locked: false, pause: undefined, invites: {}, bans: {} },
    get link() {
      return link;
    },
    commands: { addToken: ask, moveToken: ask, removeToken: ask, roll: ask, say: ask, keepSecret: ask, reveal: ask, forget: ask },
    onChange: (fn) => (changed = fn),
    onRolled: () => undefined,
    manage: {
      start: ask,
      pause: ask,
      resume: ask,
      end: ask,
      rename: ask,
      profile: ask,
      role: ask,
      handOver: ask,
      transfer: ask,
      kick: ask,
      ban: ask,
      unban: ask,
      lock: ask,
      revokeInvite: ask,
    },
    show: () => undefined,
    invite: ask,
    leave: () => undefined,
  };
  const table = new Table(seat);
  return {
    table,
    setLink(next) {
      link = next;
      changed();
    },
    async answer(error) {
      const next = asked.shift();
      if (error) next?.reject(error);
      // What it resolves with is of no interest to the table.
      else next?.resolve(undefined as never);
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

test('DEMO-3: what was done is pending until the server has answered', async (t) => {
  const { table, answer } = seatAt(t);
  table.say('Anybody?');
  assert.deepEqual(
    table.view().pending.map(({ kind }) => kind),
    ['say'],
  );
  await answer();
  assert.deepEqual(table.view().pending, []);
});

test('DEMO-3: “nothing lost” is said only once everything kept has been answered, and only for a while', async (t) => {
  const { table, setLink, answer } = seatAt(t);
  setLink({ kind: 'waiting', why: '' });
  table.say('Anybody?');
  setLink({ kind: 'live', roundTripMs: 20 });
  assert.equal(table.view().link.kind, 'live');
  await answer();
  assert.equal(table.view().link.kind, 'back');
  t.mock.timers.tick(4_000);
  assert.equal(table.view().link.kind, 'live');
});

test('DEMO-3: a refusal is shown with its reason until it is dismissed', async (t) => {
  const { table, answer } = seatAt(t);
  table.removeToken('marlin');
  await answer(new Error('The disk is full.'));
  assert.equal(table.view().refusal?.text, 'The disk is full.');
  table.dismissRefusal();
  assert.equal(table.view().refusal, undefined);
});

test('DEMO-3: the view is the same object as long as nothing has changed', (t) => {
  const { table } = seatAt(t);
  assert.equal(table.view(), table.view());
});

test('DEMO-11: dice are spelled as players write them', () => {
  const hand = { count: 2, sides: 6, modifier: 0, secret: false };
  assert.deepEqual(
    [0, 3, -1].map((modifier) => spell({ ...hand, modifier })),
    ['2d6', '2d6+3', '2d6-1'],
  );
});
