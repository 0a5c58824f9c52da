import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Progress, stageLine, type Stage } from './progress.ts';

const HALFWAY: Stage = { name: 'kill', unit: 'round', done: 5_000, target: 10_000, wrong: 1, recent: { done: 1_000, ms: 100_000 } };

test('PROVE-8: progress says how much of how much is done, how fast, how long still, and what is wrong', () => {
  assert.equal(stageLine(HALFWAY), 'kill: 5,000 of 10,000 rounds, 1 wrong, 10/s, 8 min left');
  assert.equal(stageLine({ ...HALFWAY, leftMs: 30_000 }), 'kill: 5,000 of 10,000 rounds, 1 wrong, 10/s, 30 s left');
  assert.equal(stageLine({ ...HALFWAY, done: 0, recent: { done: 0, ms: 0 } }), 'kill: 0 of 10,000 rounds, 1 wrong');
});

for (const [where, isTTY, expected] of [
  ['a terminal shows it in one line that is written over', true, /^kill: [^\n]*left<back>kill: [^\n]*left<back>found\n/],
  ['elsewhere each is a line of its own', false, /^ {2}kill: [^\n]*left\n {2}kill: [^\n]*left\nfound\n/],
] as const)
  test(`PROVE-8: ${where}; what is found stays`, (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    let text = '';
    const progress = new Progress({ isTTY, columns: 100, write: (more) => (text += more) }, () => [HALFWAY]);
    progress.start();
    for (let second = 0; second < 2; second += 1) t.mock.timers.tick(isTTY ? 250 : 10_000);
    progress.say('found');
    progress.stop();
    assert.match(text.replaceAll('\r\u001B[K', '<back>'), expected);
  });
