import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PacedMoves, type Place } from './paced-moves.ts';

/** A drag whose clock and server answers the test moves by hand. */
class HandDriven {
  readonly sent: number[] = [];
  flowing = true;
  #now = 0;
  #answers: (() => void)[] = [];
  #timers: { at: number; run: () => void }[] = [];
  readonly moves = new PacedMoves({
    send: ({ x }: Place) => {
      this.sent.push(x);
      return new Promise<void>((resolve) => this.#answers.push(resolve));
    },
    flowing: () => this.flowing,
    intervalMs: 50,
    now: () => this.#now,
    after: (ms, run) => this.#timers.push({ at: this.#now + ms, run }),
  });

  drag(...places: number[]): void {
    for (const x of places) this.moves.drag({ x, y: 0 });
  }

  async answer(): Promise<void> {
    for (const resolve of this.#answers.splice(0)) resolve();
    await Promise.resolve();
  }

  pass(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { run } of due) run();
  }
}

test('DEMO-12: a drag sends its first place at once and then at most one in 50 ms', async () => {
  const drag = new HandDriven();
  drag.drag(1, 2, 3);
  await drag.answer();
  assert.deepEqual(drag.sent, [1]);
  drag.pass(49);
  drag.drag(4);
  assert.deepEqual(drag.sent, [1]);
  drag.pass(1);
  assert.deepEqual(drag.sent, [1, 4]);
});

test('DEMO-12: while the server has not answered, no further place is sent', async () => {
  const drag = new HandDriven();
  drag.drag(1);
  drag.pass(500);
  drag.drag(2, 3);
  assert.deepEqual(drag.sent, [1]);
  await drag.answer();
  assert.deepEqual(drag.sent, [1, 3]);
});

test('DEMO-12: where the token is put down is always sent, and sent last', async () => {
  const drag = new HandDriven();
  drag.drag(1, 2);
  void drag.moves.put({ x: 3, y: 0 });
  await drag.answer();
  drag.pass(500);
  assert.deepEqual(drag.sent, [1, 3]);
});

test('DEMO-12: a place that was sent is not sent again by putting the token down there', () => {
  const drag = new HandDriven();
  drag.drag(1);
  void drag.moves.put({ x: 1, y: 0 });
  assert.deepEqual(drag.sent, [1]);
});

test('DEMO-12: while the server is away only the place where the token is put down is kept', () => {
  const drag = new HandDriven();
  drag.flowing = false;
  drag.drag(1, 2, 3);
  void drag.moves.put({ x: 4, y: 0 });
  assert.deepEqual(drag.sent, [4]);
});
