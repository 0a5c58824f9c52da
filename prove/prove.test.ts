import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Versions } from './environment.ts';
import { readOptions } from './options.ts';
import { prove } from './prove.ts';
import type { ProofReport, Report } from './report.ts';

const FAKES = join(import.meta.dirname, 'fakes');
const VERSIONS: Versions = { holdfast: '0.1.0', modified: false, sources: 'some', node: '26.10.0', sqlite: '3.53.4' };

type Run = { readonly code: number; readonly report: Report; readonly live: string; readonly out: string };

class Bench {
  readonly dir: string;
  versions = VERSIONS;

  constructor(t: TestContext) {
    this.dir = mkdtempSync(join(tmpdir(), 'holdfast-prove-'));
    t.after(() => rmSync(this.dir, { recursive: true, force: true }));
  }

  /** Runs as from the command line; `until` interrupts it once the progress says that. */
  async run(args: readonly string[], { until, isTTY }: { until?: RegExp; isTTY?: boolean } = {}): Promise<Run> {
    const interrupt = new AbortController();
    let [live, out] = ['', ''];
    const screen = {
      ...(isTTY === undefined ? {} : { isTTY, columns: 200 }),
      write: (text: string) => {
        live += text;
        if (until?.test(live) === true) interrupt.abort();
      },
    };
    const proofs = args.includes('--continue') ? [] : ['--proofs', FAKES];
    const code = await prove(readOptions([...args, ...proofs, '--dir', this.dir]), {
      out: { write: (text) => (out += text) },
      live: screen,
      versions: () => this.versions,
      interrupt: interrupt.signal,
    });
    return { code, live, out, report: JSON.parse(readFileSync(join(this.dir, 'report.json'), 'utf8')) as Report };
  }
}

function proofOf({ report }: Run, name: string): ProofReport {
  return report.proofs.find((proof) => proof.name === name) ?? assert.fail(`${name} is not in the report`);
}

test('PROVE-1: a wrong answer is told at once, with the command that shows it again, and fails the run', async (t) => {
  const run = await new Bench(t).run(['wrong', '--seed', '3']);
  const again = 'npm run prove -- wrong --seed 3 --from 5 --units 1';
  assert.equal(run.code, 1);
  assert.ok(run.live.includes(`WRONG wrong, number 5: it is five\n  again: ${again}\n`), run.live);
  assert.ok(run.out.includes(again));
  assert.deepEqual(proofOf(run, 'wrong').wrong, [{ unit: 5, what: 'it is five', repeat: again }]);
});

test('PROVE-1: that command shows it', async (t) => {
  const bench = new Bench(t);
  assert.equal((await bench.run(['wrong', '--from', '5', '--units', '1'])).code, 1);
  assert.equal((await bench.run(['wrong', '--from', '6', '--units', '1'])).code, 0);
});

test('PROVE-2: a piece that hangs is a wrong answer, and the others go on', async (t) => {
  const run = await new Bench(t).run(['hanging', '--jobs', '2']);
  const { wrong, counts } = proofOf(run, 'hanging');
  assert.equal(run.code, 1);
  assert.match(wrong[0]?.what ?? '', /it hung: no answer within 4 s/);
  assert.deepEqual(counts, { ended: 1 });
});

test('PROVE-2: a piece that exits, is killed, throws or lets a rejection go is a wrong answer, with its last words', async (t) => {
  const run = await new Bench(t).run(['crashing', '--jobs', '1']);
  const [exited, killed, rejected, thrown] = proofOf(run, 'crashing').wrong.map(({ what }) => what);
  assert.equal(run.code, 1);
  assert.match(exited ?? '', /exit code 7[^]*famous last words/);
  assert.match(killed ?? '', /ended by SIGKILL/);
  assert.match(rejected ?? '', /exit code 1[^]*nobody caught it/);
  assert.match(thrown ?? '', /it threw: Error: thrown by the piece/);
  assert.match(proofOf(run, 'crashing').wrong[1]?.repeat ?? '', /crashing --seed 1 --from 1 --units 1/);
});

test('PROVE-3: what must occur and never did fails the run, once enough was done to expect it', async (t) => {
  const bench = new Bench(t);
  const run = await bench.run(['unseen']);
  assert.equal(run.code, 1);
  assert.deepEqual([proofOf(run, 'unseen').verdict, proofOf(run, 'unseen').unseen], ['unseen', ['lightning']]);
  assert.equal(proofOf(run, 'unseen').counts['lightning'], 0, 'the zero is in the report');
  assert.equal((await bench.run(['unseen', '--units', '2'])).code, 0, 'two nights are too few to expect it');
});

test('PROVE-3: a proof whose needs are missing fails the run and says how to get them; the others run', async (t) => {
  const run = await new Bench(t).run(['needy', 'sound', '--units', '8']);
  assert.equal(run.code, 1);
  assert.match(run.live, /MISSING needy: there is no C compiler; get one with: apt-get install -y gcc/);
  assert.deepEqual([proofOf(run, 'needy').verdict, proofOf(run, 'sound').verdict], ['missing', 'held']);
});

test('PROVE-4: units are done once each and their counts are summed, however many run at a time', async (t) => {
  const bench = new Bench(t);
  for (const jobs of ['1', '3']) {
    const { counts, highest, done, verdict } = proofOf(await bench.run(['sound', '--seed', '7', '--jobs', jobs]), 'sound');
    assert.deepEqual([done, verdict, highest], [40, 'held', { last: 39 }]);
    assert.deepEqual(counts, { 'counted': 40, 'sum': 780, 'seed 7': 40 });
  }
});

test('PROVE-4: a proof that loads the machine runs alone', async (t) => {
  const { highest, done } = proofOf(await new Bench(t).run(['loud', 'sound', '--jobs', '4']), 'loud');
  assert.deepEqual([done, highest], [3, { beside: 0 }]);
});

test('PROVE-5: a run that is interrupted goes on where it stood and ends with the same totals', async (t) => {
  const bench = new Bench(t);
  const begun = await bench.run(['sound', '--units', '100', '--jobs', '2'], { until: /sound: [1-9]\d* of/, isTTY: true });
  assert.equal(begun.code, 130);
  assert.match(begun.out, /Go on with: npm run prove -- --continue/);
  assert.ok(proofOf(begun, 'sound').done < 100);
  const ended = await bench.run(['--continue']);
  assert.equal(ended.code, 0);
  assert.deepEqual(proofOf(ended, 'sound').counts, { 'counted': 100, 'sum': 4_950, 'seed 1': 100 });
  await assert.rejects(bench.run(['--continue']), /There is no run to go on with/);
  assert.deepEqual(readdirSync(join(bench.dir, 'pieces')), [], 'nothing is left of the pieces');
});

test('PROVE-5: a run does not go on with other sources or another Node', async (t) => {
  const bench = new Bench(t);
  await bench.run(['sound', '--units', '100'], { until: /sound: /, isTTY: true });
  bench.versions = { ...VERSIONS, sources: 'others' };
  await assert.rejects(bench.run(['--continue']), /cannot go on: the sources are not those/);
  bench.versions = { ...VERSIONS, node: '27.0.0' };
  await assert.rejects(bench.run(['--continue']), /began with Node 26\.10\.0, and this is 27\.0\.0/);
  await assert.rejects(bench.run(['--continue', 'sound']), /takes --minutes, --jobs, --json and --dir only/);
});

test('PROVE-5: Ctrl-C ends the command and its pieces, and says how to go on', { timeout: 60_000 }, async (t) => {
  const { dir } = new Bench(t);
  const main = join(import.meta.dirname, 'main.ts');
  const args = ['--conditions=holdfast-source', main, 'sound', '--long', '--proofs', FAKES, '--dir', dir];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  while (!hasPieces(dir)) await new Promise((resolve) => setImmediate(resolve));
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'close'), [130, null]);
  assert.match(out, /held so far|not begun/);
  assert.match(out, /Go on with: npm run prove -- --continue --dir /);
});

function hasPieces(dir: string): boolean {
  try {
    return readdirSync(join(dir, 'pieces')).length > 0;
  } catch {
    return false;
  }
}

test('PROVE-6: a run with a time limit gives each proof a share, and reports what was done', async (t) => {
  const run = await new Bench(t).run(['sound', 'wrong', '--units', '100000', '--minutes', '0.05', '--jobs', '1']);
  const [sound, wrong] = [proofOf(run, 'sound'), proofOf(run, 'wrong')];
  assert.equal(sound.verdict, 'so far');
  assert.ok(sound.done > 0 && sound.done < 100_000 && wrong.done > 0);
  assert.equal(run.report.complete, false);
});

test('PROVE-7: wrong usage says what is legal', async (t) => {
  const bench = new Bench(t);
  await assert.rejects(bench.run(['nothing']), /no proof named nothing\. Proofs: crashing, hanging, loud, needy, sound, unseen, wrong/);
  assert.throws(() => readOptions(['--units', '0']), /--units is a whole number from 1 on, not 0/);
  assert.throws(() => readOptions(['--fast']), /--fast[^]*npm run prove/);
});
