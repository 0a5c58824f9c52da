import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceId } from '../protocol/ids.ts';
import { ClientHarness, firstFrames, snapshot, tail, welcome } from '../testing/client-harness.ts';
import type { KeepOverReload } from './keep-over-reload-adapter.ts';

/** One tab of a browser: what lies in its storage, and the page that is there now. */
class Tab {
  stored: string | undefined;
  #read: () => string | undefined = () => undefined;

  readonly keep: KeepOverReload = (_key, read) => {
    this.#read = read;
    const { stored } = this;
    this.stored = undefined;
    return stored;
  };

  /** A new page; the one before leaves what it leaves. */
  load(): ClientHarness {
    this.stored = this.#read();
    return new ClientHarness({ reload: this.keep });
  }

  duplicate(): Tab {
    const copy = new Tab();
    copy.stored = this.stored;
    return copy;
  }
}

test('CLIENT-31: a reloaded page goes on as the connection and instance of before, and asks for the whole state', async () => {
  const tab = new Tab();
  await tab.load().join();
  const page = tab.load();
  const session = await page.join([welcome({ resumed: true, settled: 0 }), snapshot(12), tail(12)]);
  const { hello } = page.connection;
  assert.deepEqual(
    [hello?.connection, hello?.reconnect, hello?.instance, hello?.position],
    ['connection-1', 'token-1', 'instance-1', undefined],
  );
  assert.equal(session.seq, 12);
});

test('CLIENT-31: what had no answer goes on too, under its numbers; new commands come after it', async () => {
  const tab = new Tab();
  const before = await tab.load().join();
  const lost = before.commands.roll({ sides: 6 });
  void lost.catch(() => undefined);
  const page = tab.load();
  const session = await page.join(firstFrames());
  assert.deepEqual(
    session.pending.map(({ n, name }) => [n, name]),
    [[1, 'roll']],
  );
  void session.commands.rest();
  assert.deepEqual(
    page.connection.commands.map(({ n, name, basis }) => [n, name, basis]),
    [
      [1, 'roll', 10],
      [2, 'rest', 10],
    ],
  );
  page.connection.say([11], { t: 'ack', n: 1, seq: 11, result: 3 });
  assert.equal(session.pending.length, 1);
});

test('CLIENT-31: what was sent before is not sent again where the server does not know its instance any more', async () => {
  const tab = new Tab();
  const before = await tab.load().join();
  for (const sent of [before.commands.roll({ sides: 6 }), before.commands.rest()]) void sent.catch(() => undefined);
  const page = tab.load();
  const session = await page.join([welcome({ instance: 'instance-2' as InstanceId, settled: 0 }), snapshot(12), tail(12)]);
  assert.deepEqual([page.connection.commands, session.pending], [[], []]);
  void session.commands.rest();
  assert.deepEqual(
    page.connection.commands.map(({ n, name }) => [n, name]),
    [[1, 'rest']],
  );
});

test('CLIENT-31: a duplicated tab finds nothing and joins afresh', async () => {
  const tab = new Tab();
  await tab.load().join();
  const copy = tab.duplicate().load();
  await copy.join();
  assert.deepEqual([copy.connection.hello?.reconnect, copy.connection.hello?.instance], [undefined, undefined]);
});

test('CLIENT-31: a session that was left, or is over, is not gone on with', async () => {
  const tab = new Tab();
  const page = tab.load();
  const session = await page.join();
  page.connection.say({ t: 'error', code: 'forbidden', message: 'Out.' });
  assert.equal(session.status.state, 'closed');
  const after = tab.load();
  await after.join();
  assert.equal(after.connection.hello?.reconnect, undefined);
});

test('CLIENT-31: what is left there that cannot be read changes nothing', async () => {
  const tab = new Tab();
  const page = new ClientHarness({ reload: () => '{not json' });
  assert.equal((await page.join()).status.state, 'live');
  assert.equal(tab.stored, undefined);
});
