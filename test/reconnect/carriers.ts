import type { TestContext } from 'node:test';

/** What carries a client's connection: the rules of coming back hold over each. */
export type Carrier = 'websocket' | 'sse' | 'memory';

export const CARRIERS: readonly Carrier[] = ['websocket', 'sse', 'memory'];

/** What cannot be over a transport, and why. Whatever is not named here runs over each. */
const NOT_OVER = {
  'one server process after the other': { memory: 'a wire in memory does not lead into another process' },
} as const satisfies Record<string, Partial<Record<Carrier, string>>>;

/** The test once for each transport, all at the same time: each is mostly waiting. `what` names a row of the table above. */
export function overEach(
  run: (t: TestContext, carrier: Carrier) => Promise<void>,
  what?: keyof typeof NOT_OVER,
): (t: TestContext) => Promise<void> {
  const reasons: Partial<Record<Carrier, string>> = what === undefined ? {} : NOT_OVER[what];
  return (t) =>
    t.test('over each transport', { concurrency: CARRIERS.length }, async (all) => {
      const each = CARRIERS.map((carrier) => all.test(`over ${carrier}`, { skip: reasons[carrier] ?? false }, (own) => run(own, carrier)));
      await Promise.all(each);
    });
}
