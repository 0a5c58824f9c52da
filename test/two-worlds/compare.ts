import { OUTSIDERS, type Outsider } from './schedule.ts';
import type { Entry, World } from './world.ts';

/** What an outsider got while they were one. */
export function seenFromOutside(world: World, who: Outsider): Entry[] {
  const steps = Map.groupBy(world.entries.get(who) ?? [], ({ step }) => step);
  return [...steps].flatMap(([step, entries]) => {
    const isInside = { before: world.insiders[step]?.before.has(who) === true, after: world.insiders[step]?.after.has(who) === true };
    if (isInside.after) return [];
    if (!isInside.before) return entries;
    // The event by which someone becomes an outsider ends what they got as an insider.
    const anew = entries.findIndex(({ text }) => text.includes('"reason":"sight-changed"'));
    const over = entries.findLastIndex(({ text }) => text.startsWith('closed ') || text === 'the end');
    return anew >= 0 ? entries.slice(anew) : over >= 0 ? entries.slice(over) : [];
  });
}

/** The first difference between two worlds, in words; undefined where no outsider can tell them apart. */
export function difference(one: World, other: World): string | undefined {
  for (const who of OUTSIDERS) {
    const [left, right] = [seenFromOutside(one, who), seenFromOutside(other, who)];
    for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
      const [here, there] = [left[index], right[index]];
      if (here?.step === there?.step && here?.text === there?.text) continue;
      const step = one.schedule.steps[(here?.step ?? there?.step ?? 0) - 1];
      return `${who} can tell the worlds apart, at step ${JSON.stringify(step)}:\n  one:   ${shown(here)}\n  other: ${shown(there)}`;
    }
  }
  return undefined;
}

function shown(entry: Entry | undefined): string {
  return entry === undefined ? 'nothing' : `step ${entry.step}: ${entry.text.slice(0, 6_000)}`;
}
