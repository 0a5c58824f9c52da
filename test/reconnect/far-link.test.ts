import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { browserClock } from '../../src/client/browser-clock-adapter.ts';
import { cleanUp } from '../live-server/clean-up.ts';
import { CARRIERS, type Carrier } from './carriers.ts';
import { Table } from './table.ts';

/** Real time: what is tested here is time. */
const PLAY_MS = 11_000;
const CUT_EVERY_MS = 5_000;
const SAY_EVERY_MS = 250;
/** Beyond round trip + 50 ms, what a test machine with other work on it may add. */
const SLACK_MS = 150;

const LINKS = [
  { latencyMs: 400, jitterMs: 100 },
  { latencyMs: 800, jitterMs: 200 },
] as const;

type Figures = { readonly echoes: number[]; readonly rtts: number[]; cuts: number };

/** Plays over one link that is cut every five seconds; measures own echoes that no cut came into. */
async function play(t: TestContext, carrier: Carrier, link: { latencyMs: number; jitterMs: number }): Promise<Figures> {
  const table = await Table.set(t, carrier);
  const near = await table.join('near');
  const line = await table.layLine();
  line.change(link);
  const far = await table.join('far', { line, clock: browserClock });
  const losses: string[] = [];
  table.server.connections.observe((event) => {
    if (event.connection.identity?.id === 'far' && event.kind === 'lost') losses.push(event.cause.code);
  });
  const figures: Figures = { echoes: [], rtts: [], cuts: 0 };
  const promises: Promise<unknown>[] = [];
  const say = async (n: number): Promise<void> => {
    const [at, cutsBefore, isLive] = [performance.now(), figures.cuts, far.session.status.state === 'live'];
    const draw = await far.session.commands.say({ id: `far-${n}` });
    assert.equal(far.session.state.entries.find(({ id }) => id === `far-${n}`)?.draw, draw);
    if (isLive && figures.cuts === cutsBefore) figures.echoes.push(performance.now() - at);
    if (far.session.rtt !== undefined) figures.rtts.push(far.session.rtt);
  };
  let [n, goOn] = [0, true];
  const speaking = setInterval(() => goOn && promises.push(say((n += 1))), SAY_EVERY_MS);
  const cutting = setInterval(() => {
    figures.cuts += 1;
    line.cut();
  }, CUT_EVERY_MS);
  await new Promise((resolve) => setTimeout(resolve, PLAY_MS));
  goOn = false;
  clearInterval(speaking);
  clearInterval(cutting);
  await Promise.all(promises);

  const log = await table.agree(near, far);
  near.checkAgainst(log);
  far.checkAgainst(log);
  assert.deepEqual(
    (log.state['entries'] as { id: string }[]).map(({ id }) => id),
    Array.from({ length: n }, (_, index) => `far-${index + 1}`),
  );
  assert.ok(losses.length <= figures.cuts && losses.every((code) => code === 'gone'), `cuts alone end connections: ${losses.join()}`);
  assert.deepEqual([near.attendance, far.complaints, far.snapshots], [['joined far'], [], ['joined']]);
  return figures;
}

test('RETURN-10: far links (800 ms there and back, and 800 ms each way, and jitter) that are cut every five seconds still play', async (t) => {
  const warnings: string[] = [];
  const warned = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', warned);
  cleanUp(t, () => process.off('warning', warned));
  // All at once: each is mostly waiting.
  const played = await Promise.all(
    CARRIERS.flatMap((carrier) => LINKS.map(async (link) => ({ carrier, ...link, ...(await play(t, carrier, link)) }))),
  );
  for (const { carrier, latencyMs, jitterMs, echoes, rtts, cuts } of played) {
    const [echo, rtt, link] = [median(echoes), median(rtts), 2 * latencyMs + jitterMs];
    t.diagnostic(
      `over ${carrier}: ${echoes.length} own echoes without a cut in them: p50 ${echo.toFixed(0)} ms; round trip of the link ${link} on average, ${rtt.toFixed(0)} as the client measured it; ${cuts} cuts`,
    );
    assert.ok(echo <= link + 50 + SLACK_MS, `own echo over ${carrier} after ${echo} ms`);
  }
  assert.deepEqual(warnings, []);
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Infinity;
}
