import { brief, formatTable } from './format.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';

/** `holdfast config` */
export function showConfig(flags: Flags, surroundings: Surroundings): void {
  const { shown } = settingsOf(flags, surroundings);
  if (flags.json === true) return surroundings.print(JSON.stringify(shown));
  const rows = shown.map(({ name, value, source, about }) => [name, brief(value), value === undefined ? '' : source, about]);
  for (const line of formatTable(['setting', 'value', 'from', 'is'], rows)) surroundings.print(line);
}
