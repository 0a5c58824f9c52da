import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overEach } from './carriers.ts';
import { RollingRestarts } from './rolling-restart-rounds.ts';

const MEMBERS = 5;
const RESTARTS = 6;

test(
  'RETURN-13: rolling restarts and deploys under load lose nothing and double nothing, and nobody is seen to leave',
  { timeout: 120_000 },
  overEach(async (t, carrier) => {
    assert.ok(carrier !== 'memory');
    const rolling = await RollingRestarts.begin(
      t,
      Array.from({ length: MEMBERS }, () => carrier),
    );
    for (let restart = 0; restart < RESTARTS; restart += 1) await rolling.restart();
    await rolling.end();
    const { counts } = rolling;
    t.diagnostic(Object.entries(counts).join('; '));
  }, 'one server process after the other'),
);
