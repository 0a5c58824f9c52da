import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestServer } from '../testing/create-test-server.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import type { SetAsideEvents } from './session.ts';

test('RECOVERY-10: a client is told what was taken back once it has the state of the log as it is now, and plays on', async () => {
  await using live = await createTestServer({ sessions: [tinyTabletop] });
  const mira = await live.signIn('Mira');
  const { id } = await mira.client.sessions.create('tabletop', { name: 'Friday night', access: 'open' });
  const session = await mira.client.join<typeof tinyTabletop>(id);
  await session.commands.moveToken({ id: 'marlin', x: 1, y: 1 });
  const kept = session.seq;
  await session.commands.moveToken({ id: 'gannet', x: 2, y: 2 });
  await session.commands.moveToken({ id: 'tern', x: 3, y: 3 });
  const head = session.seq;

  const told = new Promise<SetAsideEvents & { readonly tokens: readonly string[] }>((resolve) =>
    session.on('set-aside', (setAside) => resolve({ ...setAside, tokens: Object.keys(session.state.tokens) })),
  );
  const recovered = await live.server.sessions.recoveries.recover(id, { to: kept, by: 'system' });
  assert.ok(recovered.ok);
  assert.deepEqual(await told, { from: kept + 1, to: head, commands: [[2, 3]], tokens: ['marlin'] });
  await session.commands.moveToken({ id: 'gannet', x: 2, y: 2 });
  assert.deepEqual(Object.keys(session.state.tokens), ['marlin', 'gannet']);
});
