import type { TestContext } from 'node:test';

const stacks = new WeakMap<TestContext, (() => unknown)[]>();

/** Runs when the test is over: what was set up last goes first. One that fails does not keep the others from running. */
export function cleanUp(t: TestContext, undo: () => unknown): void {
  const stack = stacks.get(t);
  if (stack !== undefined) return void stack.push(undo);
  const undos = [undo];
  stacks.set(t, undos);
  t.after(async () => {
    const results: PromiseSettledResult<unknown>[] = [];
    for (const each of undos.toReversed()) results.push(...(await Promise.allSettled([(async () => each())()])));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  });
}
