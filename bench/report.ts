import type { Environment } from './environment.ts';
import { median } from './statistics.ts';
import type { Side } from './system.ts';
import type { Finding, Metric, Work } from './work.ts';

export type WorkResult = { readonly work: Work; readonly runs: readonly Record<Side, Finding | undefined>[] };

type Summary = { readonly median: number; readonly least: number; readonly most: number };

export type MetricResult = {
  readonly work: string;
  readonly metric: string;
  readonly label: string;
  readonly floor: Summary | null;
  readonly holdfast: Summary | null;
  /** Median of the ratios of each run, ours by the floor's. */
  readonly ratio: number | null;
  readonly target: string;
  readonly met: boolean | null;
};

function summarise(values: readonly number[]): Summary | null {
  return values.length === 0 ? null : { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

function valuesOf(result: WorkResult, side: Side, metric: Metric): number[] {
  return result.runs.flatMap((run) => run[side]?.measures[metric.name] ?? []);
}

function targetText(metric: Metric): string {
  const sign = metric.wanted === 'least' ? '<=' : '>=';
  if (metric.ratioTarget !== undefined) return `${sign} ${metric.ratioTarget} x floor`;
  return metric.target === undefined ? '' : `${sign} ${metric.target.toLocaleString('en')}`;
}

export function summariseMetric(result: WorkResult, metric: Metric): MetricResult {
  const floor = summarise(valuesOf(result, 'floor', metric));
  const holdfast = summarise(valuesOf(result, 'holdfast', metric));
  const ratios = result.runs.flatMap((run) => {
    const [ours, theirs] = [run.holdfast?.measures[metric.name], run.floor?.measures[metric.name]];
    return ours !== undefined && theirs !== undefined && theirs !== 0 ? [ours / theirs] : [];
  });
  const ratio = ratios.length === 0 ? null : median(ratios);
  const [value, bound] = metric.ratioTarget === undefined ? [holdfast?.median ?? null, metric.target] : [ratio, metric.ratioTarget];
  const met = value === null || bound === undefined ? null : metric.wanted === 'least' ? value <= bound : value >= bound;
  return { work: result.work.name, metric: metric.name, label: metric.label, floor, holdfast, ratio, target: targetText(metric), met };
}

function shown(summary: Summary | null, digits: number): string {
  if (summary === null) return '-';
  const text = (value: number): string => value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${text(summary.median)} (${text(summary.least)}-${text(summary.most)})`;
}

/** The table that a person reads: one line per metric, medians with ranges. */
export function formatTable(results: readonly WorkResult[]): string {
  const rows: string[][] = [['', 'floor: median (range)', 'holdfast: median (range)', 'ratio', 'target', '']];
  for (const result of results) {
    rows.push([`${result.work.name}: ${result.work.title}`]);
    for (const metric of result.work.metrics) {
      const summary = summariseMetric(result, metric);
      const verdict = summary.met === null ? '' : summary.met ? 'reached' : 'NOT REACHED';
      rows.push([
        `  ${metric.label}`,
        shown(summary.floor, metric.digits),
        shown(summary.holdfast, metric.digits),
        summary.ratio?.toFixed(2) ?? '-',
        summary.target,
        verdict,
      ]);
    }
  }
  const widths = [0, 1, 2, 3, 4, 5].map((column) =>
    Math.max(...rows.filter((row) => row.length > 1).map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row.length === 1
        ? row[0]
        : row
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join('  ')
            .trimEnd(),
    )
    .join('\n');
}

/** How hard the load generator worked, per work: at its limit it would measure itself. */
export function formatGenerator(results: readonly WorkResult[]): string[] {
  const lines: string[] = [];
  for (const { work, runs } of results) {
    for (const side of ['floor', 'holdfast'] as const) {
      const findings = runs.flatMap((run) => run[side] ?? []);
      const busy = findings.flatMap((finding) => finding.generatorBusy ?? []);
      const lag = findings.flatMap((finding) => finding.generatorLagP99Ms ?? []);
      if (busy.length > 0)
        lines.push(
          `${work.name}, ${side}: load generator ${Math.round(median(busy) * 100)} % busy, sent late by p99 ${median(lag).toFixed(2)} ms`,
        );
    }
  }
  return lines;
}

export function formatWarnings(results: readonly WorkResult[]): string[] {
  return results.flatMap(({ work, runs }) =>
    runs.flatMap((run, i) =>
      (['floor', 'holdfast'] as const).flatMap((side) =>
        (run[side]?.warnings ?? []).map((text) => `${work.name}, run ${i + 1}, ${side}: ${text}`),
      ),
    ),
  );
}

export function formatEnvironment(environment: Environment): string {
  const { node, system, cpu, cores, memoryGb, fileSystem, fsyncMedianMs, fsyncP99Ms, pinning } = environment;
  return [
    `Node ${node}, ${system}, ${cores} x ${cpu}, ${memoryGb} GB`,
    `data on ${fileSystem}, 4 KiB written and synced: median ${fsyncMedianMs.toFixed(3)} ms, p99 ${fsyncP99Ms.toFixed(3)} ms`,
    pinning,
  ].join('\n');
}

export function toJson(environment: Environment, results: readonly WorkResult[], at: Date): string {
  const metrics = results.flatMap((result) => result.work.metrics.map((metric) => summariseMetric(result, metric)));
  const runs = results.map(({ work, runs: found }) => ({ work: work.name, title: work.title, runs: found }));
  return `${JSON.stringify({ at: at.toISOString(), environment, metrics, warnings: formatWarnings(results), runs }, null, 2)}\n`;
}
