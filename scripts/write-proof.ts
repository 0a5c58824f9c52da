// Writes the figures of prove/results into docs/explanation/proof.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { duration, sentenceOf, units, whole, type ProofReport, type Report } from '../prove/report.ts';
import { ROOT } from './run-tool.ts';

export const PROOF_PAGE = 'docs/explanation/proof.md';
export const LATEST = 'prove/results/latest.json';
const MUTANTS = 'prove/results/mutants.json';

const VERDICTS: Readonly<Record<ProofReport['verdict'], string>> = {
  'held': 'held',
  'so far': 'held so far',
  'wrong': '**wrong**',
  'unseen': '**something never occurred**',
  'missing': 'could not run',
  'not begun': 'not run',
};

/** The part of the page that a run decides. */
export function figuresOf(report: Report): string {
  const { at, form, seconds, complete, proofs, notes } = report;
  const rows = proofs.map(
    (proof) =>
      `| \`${proof.name}\` | ${proof.claim} | ${amountOf(proof)} | ${whole(proof.wrong.length)} | ${rarestOf(proof)} | ${VERDICTS[proof.verdict]} |`,
  );
  const extent = `${form === 'long' ? 'Long form' : 'Short form'}${complete ? '' : ', as far as it came'}`;
  return [
    `${extent}: ${at.slice(0, 10)}, ${duration(seconds)}. ${sentenceOf(report)}.`,
    ...notes,
    '',
    '| proof | what would be disproved | done, of the published number | wrong | the rarest of what must occur | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function amountOf({ done, long, unit }: ProofReport): string {
  return done >= long ? `${units(done, unit)}: all` : `${whole(done)} of ${units(long, unit)}`;
}

function rarestOf({ counts, mustOccur }: ProofReport): string {
  const [rarest] = mustOccur.map((key) => [key, counts[key] ?? 0] as const).toSorted(([, one], [, other]) => one - other);
  return rarest === undefined ? '' : `${rarest[0]}: ${whole(rarest[1])} (of ${mustOccur.length} kinds)`;
}

/** The whole page, with the figures of this report. */
export function proofPage(page: string, report: Report): string {
  return replacePart(page, 'figures', figuresOf(report));
}

/** Puts a text between the marks of that name. */
function replacePart(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: scripts/write-proof.ts writes them -->`, `<!-- end of ${name} -->`];
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`${PROOF_PAGE} has lost the marks between which its ${name} stand.`);
  return `${page.slice(0, before + begin.length)}\n\n${text}\n\n${page.slice(after)}`;
}

type Judged = Readonly<Record<string, { readonly verdict: { readonly outcome: string } }>>;

/** How many bugs were planted, and how many of them a test caught. */
function mutantsOf({ planted, automatic }: { readonly planted: Judged; readonly automatic: Judged }): string {
  const caught = (judged: Judged): string => {
    const all = Object.values(judged);
    return `${whole(all.filter(({ verdict }) => verdict.outcome === 'caught').length)} of ${whole(all.length)}`;
  };
  return (
    `Latest run: ${caught(planted)} planted bugs were caught, and ${caught(automatic)} automatic mutants. ` +
    '`prove/results/mutants.json` says which test caught which; the rest is listed with reasons in `prove/mutants/survivors.json`.'
  );
}

if (import.meta.main) {
  const path = join(ROOT, PROOF_PAGE);
  const report = JSON.parse(readFileSync(join(ROOT, LATEST), 'utf8')) as Report;
  const page = proofPage(readFileSync(path, 'utf8'), report);
  const mutants = join(ROOT, MUTANTS);
  const text = existsSync(mutants)
    ? mutantsOf(JSON.parse(readFileSync(mutants, 'utf8')) as Parameters<typeof mutantsOf>[0])
    : 'Not run yet.';
  writeFileSync(path, replacePart(page, 'mutants', text));
}
