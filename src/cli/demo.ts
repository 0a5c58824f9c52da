import { CliError, EXIT } from './cli-error.ts';
import { DEMO_STEPS, type DemoRun, type DemoStep } from './demo-steps.ts';
import { DemoTable } from './demo-table.ts';
import { timed } from './patience-adapter.ts';
import { drawSecret } from './secret-adapter.ts';
import type { Flags, Surroundings } from './surroundings.ts';

type Played = { readonly step: string; readonly ok: boolean; readonly checked: string; readonly ms: number };

/** `holdfast demo` */
export async function playDemo(flags: Flags, surroundings: Surroundings, steps: readonly DemoStep[] = DEMO_STEPS): Promise<void> {
  surroundings.note('A real server, in a process and a directory of its own; both are gone afterwards.');
  const table = new DemoTable(drawSecret(), drawSecret());
  const played: Played[] = [];
  try {
    // Filled in by the first steps.
    const run = { table } as DemoRun;
    for (const step of steps) {
      const result = await playStep(step, run);
      played.push(result);
      if (flags.json !== true) surroundings.print(lineOf(result));
      if (!result.ok) break;
    }
  } finally {
    await table.clear();
  }
  if (flags.json === true) surroundings.print(JSON.stringify(played));
  const failed = played.find(({ ok }) => !ok);
  if (failed !== undefined)
    throw new CliError(EXIT.failed, `The step '${failed.step}' failed, ${steps.length - played.length} were not played.`);
}

async function playStep({ name: step, play }: DemoStep, run: DemoRun): Promise<Played> {
  const { result, ms } = await timed(() =>
    play(run).then(
      (checked) => ({ step, ok: true, checked }),
      (error: unknown) => ({ step, ok: false, checked: error instanceof Error ? error.message : String(error) }),
    ),
  );
  return { ...result, ms };
}

function lineOf({ step, ok, checked, ms }: Played): string {
  return `${ok ? 'ok    ' : 'FAILED'}  ${step.padEnd(8)}  ${checked} (${ms} ms)`;
}
