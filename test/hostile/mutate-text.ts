import type { Dice } from './dice.ts';

const PIECES = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '\\',
  '\\u',
  '\\ud83d',
  ' ',
  '\n',
  '\u0000',
  '0',
  '-',
  'e',
  '.',
  'é',
  '😀',
  '\ud83d',
  '\ufeff',
  'null',
  '//',
  '\u2028',
];

/** Cuts, repeats, joins and changes characters of a text, wherever they stand: one change. `other` is what it may be joined with. */
export function mutateText(text: string, other: string, dice: Dice): string {
  const at = dice.below(text.length + 1);
  const to = at + dice.below(Math.min(text.length - at, 40) + 1);
  switch (dice.below(9)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(to);
    case 3:
      return text.slice(0, to) + text.slice(at, to).repeat(dice.pick([1, 2, 10])) + text.slice(to);
    case 4:
      return text.slice(0, at) + other.slice(dice.below(other.length + 1));
    case 5:
      return text + dice.pick(['', ' ', '\n', ',']) + other;
    case 6:
      return text.slice(0, at) + dice.pick(PIECES) + text.slice(at);
    case 7:
      return text.slice(0, at) + dice.pick(PIECES) + text.slice(at + 1);
    default:
      return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << dice.below(8))) + text.slice(at + 1);
  }
}
