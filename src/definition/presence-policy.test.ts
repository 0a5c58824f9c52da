import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinition } from './check-definition.ts';
import { defineSession } from './define-session.ts';
import type { PresencePolicy } from './presence-policy.ts';

function defineWith(presence: Partial<PresencePolicy<'gm'>>) {
  return defineSession('table', { version: 1, initial: () => ({}), policies: { presence } });
}

test('DEF-4: what a policy of presence does not name stays as it is by default', () => {
  const { presence } = defineWith({ graceMs: 0 }).policies;
  assert.deepEqual(presence, { graceMs: 0, idleAfterMs: 300_000, record: 'none', visibleTo: 'all' });
});

test('DEF-6: faults of a policy of presence are named with their place', () => {
  assert.deepEqual(checkDefinition(defineWith({ graceMs: 5_000, idleAfterMs: 1, record: 'status', visibleTo: ['gm'] })), []);
  const faulty: Partial<PresencePolicy<'gm'>> = { graceMs: -1, idleAfterMs: 0, record: 'all' as 'idle', visibleTo: ['gn' as 'gm'] };
  const faults = checkDefinition(defineWith(Object.assign(faulty, { gracems: 1 })));
  for (const place of ['gracems', 'record', 'graceMs', 'idleAfterMs', 'visibleTo.gn']) {
    assert.ok(
      faults.some((fault) => fault.startsWith(`table.policies.presence.${place}: `)),
      `${place} in ${faults.join('; ')}`,
    );
  }
  assert.match(checkDefinition(defineWith({ visibleTo: 'none' as 'all' })).join(), /visibleTo: 'all' or a list of roles/);
});

test('DEF-6: no message may have the name under which a client hears of presence', () => {
  const clashing = defineSession('table', {
    version: 1,
    initial: () => ({}),
    messages: { presence: { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } } },
  });
  assert.match(checkDefinition(clashing).join(), /messages\.presence/);
});
