/**
 * `npm run bench [work...] [--runs 3] [--short] [--dir <data directory>] [--json <file>] [--only floor|holdfast] [--profile <dir>] [--source]`
 *
 * Measures what is published: builds it first, unless `--source` runs the sources as they are.
 * Runs each work beside a bare `ws` broadcast server, in turn, and compares only inside a run: machines differ, and so
 * does one machine from hour to hour.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeEnvironment, pin, refuseMemoryFileSystem } from './environment.ts';
import { raiseFileLimit } from './file-limit.ts';
import { formatEnvironment, formatGenerator, formatTable, formatWarnings, toJson, type WorkResult } from './report.ts';
import { System, type Side } from './system.ts';
import type { Finding, StartOptions, Work } from './work.ts';
import { budgets } from './works/budgets.ts';
import { connections } from './works/connections.ts';
import { deliveries } from './works/deliveries.ts';
import { idleEcho } from './works/idle-echo.ts';
import { kill } from './works/kill.ts';
import { lateJoin } from './works/late-join.ts';
import { massReturn } from './works/mass-return.ts';
import { maxRate } from './works/max-rate.ts';
import { presence } from './works/presence.ts';
import { returning } from './works/return.ts';
import { slowReader } from './works/slow-reader.ts';
import { smallUpdate } from './works/small-update.ts';
import { spectators } from './works/spectators.ts';
import { sweep } from './works/sweep.ts';

const WORKS: readonly Work[] = [
  deliveries,
  idleEcho,
  maxRate,
  spectators,
  lateJoin,
  smallUpdate,
  presence,
  returning,
  kill,
  connections,
  massReturn,
  slowReader,
  sweep,
  budgets,
];

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    short: { type: 'boolean', default: false },
    dir: { type: 'string', default: 'holdfast-data/bench' },
    json: { type: 'string' },
    only: { type: 'string' },
    profile: { type: 'string' },
    source: { type: 'boolean', default: false },
  },
});

function chosenWorks(): readonly Work[] {
  const unknown = positionals.filter((name) => !WORKS.some((work) => work.name === name));
  if (unknown.length > 0)
    throw new Error(`There is no work named ${unknown.join(', ')}. Works: ${WORKS.map((work) => work.name).join(', ')}.`);
  return positionals.length === 0 ? WORKS : WORKS.filter((work) => positionals.includes(work.name));
}

function chosenSides(): readonly Side[] {
  if (flags.only === undefined) return ['floor', 'holdfast'];
  if (flags.only !== 'floor' && flags.only !== 'holdfast') throw new Error('--only is floor or holdfast.');
  return [flags.only];
}

async function bench(): Promise<void> {
  const works = chosenWorks();
  const sides = chosenSides();
  const runs = Number(flags.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs is a whole number from 1 on.');
  mkdirSync(flags.dir, { recursive: true });
  const dir = realpathSync(flags.dir);
  refuseMemoryFileSystem(dir);
  raiseFileLimit(Math.max(...works.map((work) => work.connections ?? 0)));
  const pinning = pin();
  const environment = describeEnvironment(dir, pinning);
  console.log(`${formatEnvironment(environment)}\n`);
  const nodeFlags = flags.source ? ['--conditions=holdfast-source'] : [];
  if (flags.profile !== undefined) nodeFlags.push('--cpu-prof', `--cpu-prof-dir=${resolve(flags.profile)}`);
  if (!flags.source) execFileSync(process.execPath, [fileURLToPath(new URL('../scripts/build.ts', import.meta.url))], { stdio: 'inherit' });

  const measure = async (work: Work, side: Side): Promise<Finding> => {
    const systems: System[] = [];
    const start = async (changes: StartOptions = {}): Promise<System> => {
      const system = await System.start({ side, dir: join(dir, side), ...changes, serverPrefix: pinning.serverPrefix, nodeFlags });
      systems.push(system);
      return system;
    };
    try {
      return await work.run({ side, short: flags.short, start });
    } finally {
      for (const system of systems) await system.stop();
      rmSync(join(dir, side), { recursive: true, force: true });
      rmSync(join(dir, `${side}-compiled`), { recursive: true, force: true });
    }
  };

  const results: WorkResult[] = [];
  for (const work of works) {
    const found: Record<Side, Finding | undefined>[] = [];
    for (let run = 1; run <= runs; run++) {
      const findings: Record<Side, Finding | undefined> = { floor: undefined, holdfast: undefined };
      for (const side of sides) {
        process.stderr.write(`${work.name} ${run}/${runs} ${side} ...`);
        findings[side] = await measure(work, side);
        process.stderr.write(` ${JSON.stringify(findings[side].measures)}\n`);
      }
      found.push(findings);
    }
    results.push({ work, runs: found });
  }

  console.log(`\n${formatTable(results)}\n`);
  for (const line of [...formatGenerator(results), ...formatWarnings(results).map((text) => `WARNING ${text}`)]) console.log(line);
  if (flags.json !== undefined) {
    mkdirSync(dirname(resolve(flags.json)), { recursive: true });
    writeFileSync(flags.json, toJson(environment, results, new Date()));
  }
}

await bench().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
