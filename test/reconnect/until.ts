import assert from 'node:assert/strict';

const MOST_MS = 15_000;
const LOOK_MS = 2;

/** Resolves as soon as `reached` says so; fails with what was waited for, and `facts`, when it does not come in time. */
export async function until(reached: () => boolean, what: string, facts: () => unknown = () => ''): Promise<void> {
  const deadline = performance.now() + MOST_MS;
  while (!reached()) {
    if (performance.now() > deadline) assert.fail(`${what}: not within ${MOST_MS} ms. ${JSON.stringify(facts())}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
