import type { Crowd, LoadReport } from './crowd.ts';
import type { ScheduleReport } from './schedule.ts';

/** What would make the figures of a load wrong: lost or refused commands, missing deliveries, a load generator at its limit. */
export function loadWarnings(report: LoadReport, crowd: Crowd): string[] {
  const warnings = generatorWarnings(report);
  const expected = report.sent * crowd.perSession;
  if (!report.drained) warnings.push(`commands stayed unanswered ${report.fault}`);
  if (report.faults > 0) warnings.push(`${report.faults} faults, first: ${report.fault}`);
  if (report.deliveries !== expected) warnings.push(`${report.deliveries} deliveries instead of ${expected}`);
  return warnings;
}

export function generatorWarnings({ generatorBusy, generatorWaited, lagP99Ms }: ScheduleReport): string[] {
  const warnings: string[] = [];
  if (generatorBusy > 0.9) warnings.push(`the load generator was ${percent(generatorBusy)} busy: the server may be faster than this shows`);
  if (generatorWaited > 0.02)
    warnings.push(
      `other processes kept the load generator waiting for ${percent(generatorWaited)} of the time: latencies are not the server's`,
    );
  if (lagP99Ms > 5) warnings.push(`the load generator sent late: p99 ${lagP99Ms.toFixed(1)} ms`);
  return warnings;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
