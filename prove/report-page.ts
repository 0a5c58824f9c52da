import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../scripts/run-tool.ts';
import { duration, isSound, units, whole, type ProofReport, type Report, type Verdict } from './report.ts';

/** The report as one file for people: no scripts, nothing loaded from elsewhere. */
export function reportPage(report: Report): string {
  const { at, form, seed, proofs, notes } = report;
  const wrong = proofs.reduce((sum, proof) => sum + proof.wrong.length, 0);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Holdfast: the proof of ${text(at.slice(0, 10))}</title>
<style>${fontFaces()}${STYLE}</style>
</head>
<body>
<main>
<header>
<p class="over">Holdfast ${text(report.versions.holdfast)}, the proof</p>
<h1>${text(headline(report, wrong))}</h1>
<p class="lead">${text(summary(report, wrong))}</p>
<dl class="facts">
${fact('Run', `${form === 'long' ? 'long form' : 'short form'}, ${dateOf(at)}, ${duration(report.seconds)}`)}
${fact('Seed', String(seed))}
${fact('Version', versionOf(report))}
${fact('Machine', machineOf(report))}
</dl>
${notes.map((note) => `<p class="note" role="note">${text(note)}</p>`).join('\n')}
</header>
<section aria-labelledby="proofs">
<h2 id="proofs">What was put to the test</h2>
<ul class="proofs">
${proofs.map(proofCard).join('\n')}
</ul>
</section>
<footer><p>Do it again: <code>npm ci &amp;&amp; npm run prove -- ${form === 'long' ? '--long ' : ''}--seed ${seed}</code></p></footer>
</main>
</body>
</html>
`;
}

function headline(report: Report, wrong: number): string {
  if (wrong > 0) return wrong === 1 ? 'One wrong answer' : `${whole(wrong)} wrong answers`;
  if (!isSound(report)) return 'Not everything could be tested';
  return report.complete ? 'Everything held' : 'Everything tested so far held';
}

function summary({ proofs }: Report, wrong: number): string {
  const begun = proofs.filter((proof) => proof.done > 0 || proof.wrong.length > 0);
  const held = begun.filter((proof) => proof.wrong.length === 0).length;
  const rest = proofs.length - begun.length;
  const notRun = rest === 0 ? '' : ` ${rest} did not run.`;
  return `${begun.length} proofs ran, ${held} of them without a wrong answer; ${whole(wrong)} wrong in all.${notRun}`;
}

function fact(name: string, value: string): string {
  return `<div><dt>${name}</dt><dd>${text(value)}</dd></div>`;
}

function dateOf(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}

function versionOf({ versions: { holdfast, commit, modified, node, sqlite } }: Report): string {
  const where = commit === undefined ? '' : ` (${commit.slice(0, 10)}${modified ? ' with changes' : ''})`;
  return `Holdfast ${holdfast}${where}, Node ${node}, SQLite ${sqlite}`;
}

function machineOf({ machine: { cpu, cores, memoryGb, system } }: Report): string {
  return `${cores} x ${cpu}, ${memoryGb} GB, ${system}`;
}

const VERDICTS: Readonly<Record<Verdict, readonly [sign: string, words: string, tone: string]>> = {
  'held': ['✓', 'Held', 'good'],
  'so far': ['✓', 'Held so far', 'good'],
  'wrong': ['✗', 'Wrong', 'bad'],
  'unseen': ['!', 'Something never occurred', 'warn'],
  'missing': ['!', 'Could not run', 'warn'],
  'not begun': ['–', 'Not begun', 'quiet'],
};

function proofCard(proof: ProofReport): string {
  const [sign, words, tone] = VERDICTS[proof.verdict];
  return `<li class="proof">
<div class="head"><h3>${text(proof.title)}</h3><p class="verdict ${tone}"><span aria-hidden="true">${sign}</span> ${words}</p></div>
<p class="claim">${text(proof.claim)}</p>
<p class="amount"><strong>${whole(proof.done)}</strong> of ${text(units(proof.target, proof.unit))}${costOf(proof)}</p>
<progress value="${proof.done}" max="${proof.target}" aria-label="${text(proof.title)}: done">${proof.done}</progress>
${proof.missing === undefined ? '' : `<p class="note">${text(proof.missing)}</p>`}
${proof.unseen.length === 0 ? '' : `<p class="note">Never occurred, although it must: ${text(proof.unseen.join(', '))}.</p>`}
${proof.wrong.map(({ unit, what, repeat }) => wrongBlock(`${proof.unit} ${unit}`, what, repeat)).join('\n')}
${figures('What happened, how often', proof.counts, new Set(proof.mustOccur))}
${figures('The most of', proof.highest, new Set())}
</li>`;
}

function costOf({ done, workSeconds, memoryMb, long, target, unit }: ProofReport): string {
  const cost = done === 0 ? '' : `; ${duration(workSeconds)} of work, ${whole(memoryMb)} MB at most`;
  return text(target === long ? cost : `${cost}. The published run has ${units(long, unit)}`);
}

function wrongBlock(where: string, what: string, repeat: string): string {
  return `<div class="wrong"><p><strong>Wrong</strong>, ${text(where)}</p><pre tabindex="0">${text(what)}</pre><p>Again: <code>${text(repeat)}</code></p></div>`;
}

function figures(title: string, values: Readonly<Record<string, number>>, must: ReadonlySet<string>): string {
  const rows = Object.entries(values).sort(([one], [other]) => one.localeCompare(other, 'en'));
  if (rows.length === 0) return '';
  const lines = rows.map(
    ([key, value]) =>
      `<tr><th scope="row">${text(key)}${must.has(key) ? ' <span class="must">must occur</span>' : ''}</th><td>${whole(value)}</td></tr>`,
  );
  return `<details><summary>${title} (${rows.length})</summary><table>${lines.join('')}</table></details>`;
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const FONTS = {
  'Hanken Grotesk': 'hanken-grotesk/files/hanken-grotesk-latin-wght-normal.woff2',
  'Texturina': 'texturina/files/texturina-latin-wght-normal.woff2',
};

/** The fonts themselves, where they are installed; the page reads well without them. */
function fontFaces(): string {
  return Object.entries(FONTS)
    .map(([name, file]) => [name, join(ROOT, 'node_modules/@fontsource-variable', file)] as const)
    .filter(([, path]) => existsSync(path))
    .map(([name, path]) => {
      const data = readFileSync(path, 'base64');
      return `@font-face{font-family:'${name}';font-weight:100 900;font-display:swap;src:url(data:font/woff2;base64,${data}) format('woff2')}`;
    })
    .join('\n');
}

const STYLE = `
:root{--ground:#f6f4ee;--surface:#fffdf8;--raised:#fff;--ink:#10211f;--quiet:#4d625e;--line:#dcd7c9;--accent:#a85008;--good:#1d7a4d;--warn:#8a5c00;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ground:#0c1a1c;--surface:#122527;--raised:#183034;--ink:#e9f2ee;--quiet:#93aba6;--line:#24403f;--accent:#ffb454;--good:#5fd39a;--warn:#ffcf66;--bad:#ff8a7a}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:17px/1.5 'Hanken Grotesk',system-ui,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main{max-width:1080px;margin:0 auto;padding:48px 24px}
h1,h2,h3,p,dl,dd,ul{margin:0}
h1{font:600 30px/1.2 'Texturina','Georgia',serif;margin:4px 0 12px}
h2{font:600 22px/1.3 'Texturina','Georgia',serif;margin:48px 0 16px}
h3{font-size:17px;line-height:1.35}
h3::first-letter{text-transform:uppercase}
.over,dt,footer,.amount,summary,.must{color:var(--quiet);font-size:15px}
.over{color:var(--accent);font-weight:600}
.lead{max-width:60ch}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:16px 24px;margin-top:24px;padding-top:16px;border-top:1px solid var(--line);font-size:15px}
dt{font-size:13px}
.proofs{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr));gap:16px;align-items:start}
.proof{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:20px;display:flex;flex-direction:column;gap:8px}
.head{display:flex;gap:8px 16px;justify-content:space-between;align-items:baseline;flex-wrap:wrap}
.verdict{font-weight:600;font-size:15px}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}.quiet{color:var(--quiet)}
.claim{font-size:15px}
.amount strong{color:var(--ink)}
progress{appearance:none;width:100%;height:6px;border:0;border-radius:3px;background:var(--line);overflow:hidden}
progress::-webkit-progress-bar{background:var(--line)}
progress::-webkit-progress-value{background:var(--accent)}
progress::-moz-progress-bar{background:var(--accent)}
.note{border-left:3px solid var(--warn);padding-left:12px;font-size:15px}
header .note{margin-top:16px}
.wrong{border-left:3px solid var(--bad);padding-left:12px;font-size:15px}
.wrong strong{color:var(--bad)}
pre{margin:8px 0;padding:12px;background:var(--ground);border-radius:8px;overflow:auto;font-size:13px;line-height:1.45;max-height:320px}
code{font-size:13px}
summary{cursor:pointer;min-height:44px;display:flex;align-items:center;gap:8px}
summary::before{content:'▸'}
details[open]>summary::before{content:'▾'}
summary::-webkit-details-marker{display:none}
summary:focus-visible,pre:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
table{width:100%;border-collapse:collapse;font-size:15px}
th{text-align:left;font-weight:400;padding:4px 12px 4px 0}
td{text-align:right;white-space:nowrap}
tr+tr{border-top:1px solid var(--line)}
.must{font-size:13px}
footer{margin-top:48px;padding-top:16px;border-top:1px solid var(--line);display:grid;gap:4px}
@media(max-width:480px){main{padding:24px 16px}}
`;
