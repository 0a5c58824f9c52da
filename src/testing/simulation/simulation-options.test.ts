import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineSession } from '../../definition/define-session.ts';
import { tinyTabletop } from '../tiny-tabletop.ts';
import { simulate } from './simulate.ts';
import type { SimulateOptions } from './simulation-options.ts';

const WRONG: readonly (readonly [options: object, says: RegExp])[] = [
  [{ seed: 17 }, /there is no 'seed'; did you mean seeds\?; legal: seeds, steps/],
  [{ seeds: 0 }, /^seeds: how many, from 1, or a list/],
  [{ seeds: [] }, /^seeds:/],
  [{ seeds: [1.5] }, /^seeds:/],
  [{ steps: 0 }, /^steps: a whole number from 1/],
  [{ faults: ['crsh'] }, /there is no 'crsh'; did you mean crash\?/],
  [{ faults: 'some' }, /^faults: 'all', 'none', or a list; legal: crash, /],
  [{ people: [{ name: 'ann', role: 'player', transport: 'websocket' }] }, /at least one has the role gm/],
  [{ people: [{ name: 'ann', role: 'gm', transport: 'carrier pigeon' }] }, /the transport of ann: there is no 'carrier pigeon'/],
  [{ arguments: { rol: () => ({}) } }, /arguments: there is no 'rol'; did you mean roll\?/],
  [{ arguments: { roll: { sides: 6 } } }, /arguments\.roll: a function that returns the arguments/],
  [{ deploys: [defineSession('chess', { version: 2, initial: () => ({}) })] }, /deploys: there is no 'chess'; legal: tabletop/],
];

for (const [options, says] of WRONG) {
  test(`SIM-8: wrong options are refused with what is legal: ${JSON.stringify(options)}`, async () => {
    await assert.rejects(simulate(tinyTabletop, options as SimulateOptions), (error: Error) => {
      assert.equal(error.name, 'SimulateOptionsError');
      assert.match(error.message, says);
      return true;
    });
  });
}

test('SIM-8: a faulty definition is refused with every fault', async () => {
  const faulty = defineSession('faulty', { version: 0, initial: () => ({}), initialMode: 'day' as never });
  await assert.rejects(simulate(faulty), /simulate cannot start:\n {2}- faulty\.version: a whole number from 1/);
  await assert.rejects(simulate({} as never), /as defineSession makes/);
});
