/** What ends at some time, and then undoes what was done in it: a test, or a piece of a proof. */
export type Scope = { after(undo: () => Promise<void>): unknown };

const stacks = new WeakMap<Scope, (() => unknown)[]>();

/** Runs when the test is over: what was set up last goes first. One that fails does not keep the others from running. */
export function cleanUp(t: Scope, undo: () => unknown): void {
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

/** Does work in a scope of its own, which is over when the work is. */
export async function inScope<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  const undos: (() => Promise<void>)[] = [];
  try {
    return await work({ after: (undo) => undos.push(undo) });
  } finally {
    for (const undo of undos) await undo();
  }
}
