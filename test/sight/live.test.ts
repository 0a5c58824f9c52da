import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { defineSession } from 'holdfast';
import { createClient, type Client } from 'holdfast/client';
import { createTestServer } from 'holdfast/testing';
import { z } from 'zod';
import { until } from '../reconnect/until.ts';

const table = defineSession('table', {
  version: 1,
  initial: () => ({ board: {} as Record<string, string>, secrets: {} as Record<string, string> }),
  visibility: { secrets: ['gm'] },
  messages: { said: z.string() },
  policies: { access: 'open' },
  commands: (command) => ({
    hide: command(z.object({ key: z.string(), text: z.string() }), (state, { key, text }) => void (state.secrets[key] = text)),
    whisper: command(z.object({ text: z.string(), to: z.string() }), (_state, { text, to }, ctx) =>
      ctx.send('said', text, { to: { roles: 'gm', participants: [to] } }),
    ),
    call: command(z.object({ text: z.string() }), (_state, { text }, ctx) => ctx.send('said', text)),
  }),
});

/** A GM and two players, all over one transport. */
async function play(t: TestContext, transports: 'websocket' | 'sse') {
  const live = await createTestServer({ sessions: [table] });
  const clients: Client[] = [];
  t.after(async () => {
    for (const client of clients) client.close();
    await live.stop();
  });
  const owner = await live.signIn('Ada');
  const { id } = await owner.client.sessions.create('table');
  const sit = async (token: string) => {
    const client = createClient({ url: live.url, token, transports });
    clients.push(client);
    const session = await client.join<typeof table>(id);
    const heard: string[] = [];
    session.on('said', (text) => heard.push(text));
    return { session, heard };
  };
  const [ben, cyd] = [await live.signIn('Ben'), await live.signIn('Cyd')];
  const give = async (role: string) => {
    const outcome = await live.server.sessions.run(id, { as: 'system', command: '@role', args: { participant: ben.participant.id, role } });
    assert.ok(outcome.ok);
    return outcome.seq;
  };
  return { gm: await sit(owner.token), player: await sit(ben.token), other: await sit(cyd.token), give };
}

for (const transports of ['websocket', 'sse'] as const) {
  test(`VIEW-19: over ${transports} a whisper reaches the one whom it names and the GM, in its place`, async (t) => {
    const { gm, player, other } = await play(t, transports);
    const everyone = [gm, player, other];
    await gm.session.commands.call({ text: 'one' });
    await other.session.commands.whisper({ text: 'two', to: player.session.self.id });
    await gm.session.commands.call({ text: 'three' });
    await until(() => everyone.every(({ heard }) => heard.includes('three')), 'everyone heard the last word');
    assert.deepEqual(
      everyone.map(({ heard }) => heard),
      [
        ['one', 'two', 'three'],
        ['one', 'two', 'three'],
        ['one', 'three'],
      ],
    );
  });

  test(`VIEW-18: over ${transports} secrets come with the role of GM and go with it`, async (t) => {
    const { gm, player, other, give } = await play(t, transports);
    await gm.session.commands.hide({ key: 'dragon', text: 'sleeps' });
    const raised = await give('gm');
    await until(() => player.session.state.secrets !== undefined, 'what the new role sees is there');
    assert.deepEqual([player.session.state.secrets, player.session.self.role], [{ dragon: 'sleeps' }, 'gm']);
    assert.ok(player.session.seq >= raised);
    await gm.session.commands.hide({ key: 'dragon', text: 'wakes' });
    await until(() => player.session.state.secrets?.['dragon'] === 'wakes', 'secrets come live');
    await give('player');
    await until(() => player.session.state.secrets === undefined, 'what it sees is gone');
    assert.equal(player.session.self.role, 'player');
    assert.equal(other.session.state.secrets, undefined);
    await player.session.commands.call({ text: 'here I am' });
    await until(() => other.heard.length === 1, 'both still play');
  });
}
