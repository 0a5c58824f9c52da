import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpHarness } from '../testing/http-harness.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { jwtAuth } from './jwt-auth-adapter.ts';

const SECRET = 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs';

test('IDENTITY-18: a watch of the list ends with the credential of its watcher', async (t) => {
  const clock = new VirtualClock();
  const auth = jwtAuth({ secret: SECRET, clock });
  const harness = await HttpHarness.start(t, { clock, auth });
  const token = await auth.issue({ sub: 'ada' }, 20);
  const response = await fetch(`${harness.live.url}/v1/sessions/watch`, { headers: { authorization: `Bearer ${token}` } });
  const reader = response.body?.getReader() ?? assert.fail('no stream');
  const decoder = new TextDecoder();
  assert.match(decoder.decode((await reader.read()).value), /^event: reset/);
  clock.advance(19_000);
  assert.equal(decoder.decode((await reader.read()).value), ': here\n\n');
  clock.advance(1_000);
  assert.equal((await reader.read()).done, true);
});
