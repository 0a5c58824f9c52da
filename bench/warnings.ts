import type { Crowd, LoadReport } from './crowd.ts';

/** What would make the figures of a load wrong: lost or refused commands, missing deliveries, a load generator at its limit. */
export function loadWarnings(report: LoadReport, crowd: Crowd): string[] {
  const warnings = generatorWarnings(report.generatorBusy, report.lagP99Ms);
  const expected = report.sent * crowd.perSession;
  if (!report.drained) warnings.push(`commands stayed unanswered ${report.fault}`);
  if (report.faults > 0) warnings.push(`${report.faults} faults, first: ${report.fault}`);
  if (report.deliveries !== expected) warnings.push(`${report.deliveries} deliveries instead of ${expected}`);
  return warnings;
}

export function generatorWarnings(busy: number, lagP99Ms: number): string[] {
  const warnings: string[] = [];
  if (busy > 0.9) warnings.push(`the load generator was ${Math.round(busy * 100)} % busy: the server may be faster than this shows`);
  if (lagP99Ms > 5) warnings.push(`the load generator sent late: p99 ${lagP99Ms.toFixed(1)} ms`);
  return warnings;
}
