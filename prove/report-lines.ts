import { duration, sentenceOf, units, whole, type ProofReport, type Report } from './report.ts';

const VERDICTS: Readonly<Record<ProofReport['verdict'], string>> = {
  'held': 'held',
  'so far': 'held so far',
  'wrong': 'WRONG',
  'unseen': 'NEVER OCCURRED',
  'missing': 'MISSING',
  'not begun': 'not begun',
};

/** The report as it stands on a terminal. */
export function reportLines(report: Report): string[] {
  const width = Math.max(0, ...report.proofs.map(({ name }) => name.length));
  return [
    sentenceOf(report),
    '',
    ...report.proofs.map((proof) => `${proof.name.padEnd(width)}  ${lineOf(proof)}`),
    ...report.notes.map((note) => `NOTE ${note}`),
    ...report.proofs.flatMap(({ name, unit, wrong }) =>
      wrong.map((each) => `WRONG ${name}, ${unit} ${each.unit}: ${each.what.split('\n', 1)[0]}\n  again: ${each.repeat}`),
    ),
    `In ${duration(report.seconds)}.`,
  ];
}

function lineOf({ unit, done, target, verdict, workSeconds, memoryMb, missing, unseen, wrong }: ProofReport): string {
  const amount = done === target ? units(done, unit) : `${whole(done)} of ${units(target, unit)}`;
  const why = missing ?? (wrong.length > 0 ? `${wrong.length} wrong` : unseen.join(', '));
  const cost = done === 0 ? '' : `, ${duration(workSeconds)} of work, ${memoryMb} MB at most`;
  return `${VERDICTS[verdict]}${why === '' ? '' : ` (${why})`}: ${amount}${cost}`;
}
