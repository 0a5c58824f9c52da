const BIRDS = ['Tern', 'Heron', 'Skua', 'Gannet', 'Petrel', 'Dunlin', 'Curlew', 'Fulmar', 'Plover', 'Avocet'];
const TABLES = [
  'The Drowned Bell',
  'Night watch',
  'Salt and candlelight',
  'A lamp at Gull Point',
  'Eleven fathoms',
  'The borrowed tide',
  'Fog over the Skerries',
  'What the pilot saw',
];

/** A name to start with, for who has not chosen one. */
export const suggestName = (): string => `${pick(BIRDS)} ${10 + Math.floor(Math.random() * 90)}`;
/** A name for a table that nobody has named. */
export const suggestTable = (): string => pick(TABLES);

function pick(list: readonly string[]): string {
  return list[Math.floor(Math.random() * list.length)] ?? '';
}
