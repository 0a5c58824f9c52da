import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FinishedRun } from './finished-run.ts';
import { rightEvening } from './hand-history.ts';
import { checkAll } from './index.ts';

/** What the check of that promise says of it, each once. */
function saidOf(promise: number, run: FinishedRun): string[] {
  return [...new Set(checkAll(run).flatMap((violation) => (violation.promise === promise ? [violation.what] : [])))];
}

test('CHECK-6: a refusal is repeated in the same words until the place of whoever got it is given up, by an event after the one at which it was decided', () => {
  const evening = (given: 'before' | 'with' | 'never') => {
    const history = rightEvening();
    const command = { t: 'command', n: 5, low: 5, name: 'move', args: { to: 'nowhere' } };
    const giveUp = () => history.event({ command: 'end', internal: [['d', ['connections', 'jon-1']]] });
    if (given === 'before') giveUp();
    const seq = history.line.head;
    history.hear('jon', command);
    // What came after it was written before the refusal was given to the wire.
    if (given === 'with') giveUp();
    history.say('jon', { t: 'reject', n: 5, seq, code: 'unknown-command', message: 'No.' });
    history.hear('jon', command);
    history.say('jon', { t: 'reject', n: 5, seq: history.line.head, code: 'rejected', message: 'No.' });
    return saidOf(5, history.finish());
  };
  const said = [`jon (wire-3) was answered with 'rejected' for command instance-of-jon 5, and with 'unknown-command' before`];
  assert.deepEqual(evening('never'), said);
  assert.deepEqual(evening('before'), said);
  assert.deepEqual(evening('with'), []);
});

test('CHECK-6: a command that is asked for again after its answer was let go of is answered with unknown-instance, which says nothing of it', () => {
  const asks = (low: number) => {
    const evening = rightEvening();
    evening.hear('jon', { t: 'command', n: 5, low, name: 'move', args: { to: 'nowhere' } });
    evening.say('jon', { t: 'reject', n: 4, seq: evening.line.head, code: 'unknown-instance', message: '' });
    const run = evening.finish();
    return [...saidOf(5, run), ...saidOf(9, run)];
  };
  assert.deepEqual(asks(5), []);
  assert.deepEqual(asks(4), [
    "jon (wire-3) was answered with 'unknown-instance' for command instance-of-jon 4, and with event 12 before",
    "jon (wire-3) was told 'unknown-instance' of command 4, which is in the log",
  ]);
});
