import type { Dice } from './dice.ts';
import { textOf, type JsonNode, type Member } from './json-node.ts';

/** What stands in the place of another value. */
const ODD_VALUES = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e999',
  '-1e999',
  '1e-400',
  '9007199254740991',
  '9007199254740992',
  '-9007199254740993',
  '123456789012345678901234567890',
  '01',
  '+1',
  '.5',
  '1.',
  'NaN',
  'Infinity',
  'undefined',
  '""',
  '" "',
  '"\\u0000"',
  '"\u0000"',
  '"\\ud83d"',
  '"\\ude00\\ud83d"',
  '"\ud83d"',
  '"\\u00"',
  '"\\x41"',
  '"\t"',
  "'a'",
  '"<script>alert(1)</script>"',
  '"../../../etc/passwd"',
  '"\' OR 1=1 --"',
  '"__proto__"',
  '"constructor"',
  '"1"',
  '[]',
  '{}',
  '[[]]',
  '[null,null,null]',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"a":1,"a":2}',
  '{"a\\u0062":1}',
  '{"\\u0061":1,"a":2}',
  '{"":0}',
  '{"toString":1,"valueOf":2,"toJSON":3,"then":4,"hasOwnProperty":5}',
  '{"t":"hello"}',
  '/*x*/1',
] as const;

const ODD_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  't',
  'x',
  '',
  'toString',
  'toJSON',
  'then',
  '0',
  'length',
  'é',
  '😀',
  'a b',
  'args',
];

/** Puts an object or array around or takes one away, changes values, keys, members and their order: one change. */
export function mutateNode(root: JsonNode, dice: Dice): JsonNode {
  const places = placesOf(root);
  const place = dice.pick(places);
  const { node } = place;
  const choice = dice.below(12);
  if (choice <= 2) return place.put(oddValue(dice));
  if (choice === 3) return place.put(wrapped(node, dice));
  if (choice === 4) return place.put({ kind: 'raw', text: textOf(dice.pick(places).node) });
  if (choice === 5) return place.put(stretched(node, dice));
  if (node.kind === 'object') return place.put({ kind: 'object', members: changedMembers(node.members, dice) });
  if (node.kind === 'array') return place.put({ kind: 'array', items: changedItems(node.items, dice) });
  return place.put(changedText(node.text, dice));
}

export function oddValue(dice: Dice): JsonNode {
  return { kind: 'raw', text: dice.pick(ODD_VALUES) };
}

type Place = { readonly node: JsonNode; put(other: JsonNode): JsonNode };

/** Every value of the tree, and how to put another one there: the result is the tree with it. */
function placesOf(root: JsonNode): Place[] {
  const places: Place[] = [{ node: root, put: (other) => other }];
  collect(root, root, places);
  return places;
}

function collect(node: JsonNode, root: JsonNode, places: Place[]): void {
  if (places.length > 200 || node.kind === 'raw') return;
  if (node.kind === 'object') {
    for (const member of node.members) {
      places.push({ node: member.node, put: (other) => ((member.node = other), root) });
      collect(member.node, root, places);
    }
    return;
  }
  for (const [index, item] of node.items.entries()) {
    places.push({ node: item, put: (other) => ((node.items[index] = other), root) });
    collect(item, root, places);
  }
}

/** Deeper by one level, by as many as are allowed, or by far more. */
function wrapped(node: JsonNode, dice: Dice): JsonNode {
  const levels = dice.pick([1, 2, 6, 7, 8, 30, 31, 32, 33, 64, 65, 1_000]);
  if (dice.percent(50)) {
    const text = node.kind === 'raw' ? node.text : '1';
    return { kind: 'raw', text: '['.repeat(levels) + text + ']'.repeat(levels) };
  }
  let around = node;
  for (let level = 0; level < Math.min(levels, 70); level += 1) around = { kind: 'object', members: [{ key: '"x"', node: around }] };
  return around;
}

/** A longer one of the same kind. */
function stretched(node: JsonNode, dice: Dice): JsonNode {
  const count = dice.pick(dice.percent(90) ? [2, 10, 33, 63, 65, 128, 129] : [1_025, 3_073, 4_097, 65_537]);
  if (node.kind === 'raw' && node.text.startsWith('"')) {
    const unit = dice.pick(['a', 'é', '€', '😀', '\\n', '\\u0041', '\ud83d']);
    return { kind: 'raw', text: `"${unit.repeat(count)}"` };
  }
  if (node.kind === 'raw') return { kind: 'raw', text: `${dice.percent(50) ? '9' : '-9'}${'9'.repeat(Math.min(count, 400))}` };
  const text = node.kind === 'array' ? '1' : '{"a":1}';
  return { kind: 'raw', text: `[${`${text},`.repeat(Math.min(count, 4_097))}${text}]` };
}

function changedMembers(members: readonly Member[], dice: Dice): Member[] {
  const changed = [...members];
  const index = dice.below(changed.length + 1);
  const member = changed[index];
  switch (dice.below(6)) {
    case 0:
      changed.splice(index, 1);
      break;
    case 1:
      if (member !== undefined) changed.push({ ...member, node: dice.percent(50) ? member.node : oddValue(dice) });
      break;
    case 2:
      changed.splice(index, 0, { key: JSON.stringify(dice.pick(ODD_KEYS)), node: oddValue(dice) });
      break;
    case 3:
      if (member !== undefined) changed[index] = { key: JSON.stringify(dice.pick(ODD_KEYS)), node: member.node };
      break;
    case 4:
      if (member !== undefined) changed[index] = { key: escapedKey(member.key, dice), node: member.node };
      break;
    default:
      changed.reverse();
  }
  return changed;
}

/** The same key to a reader of JSON, written otherwise; or one that only looks like it. */
function escapedKey(key: string, dice: Dice): string {
  const at = 1 + dice.below(Math.max(1, key.length - 2));
  const unit = key.charCodeAt(at).toString(16).padStart(4, '0');
  return dice.pick([
    `${key.slice(0, at)}\\u${unit}${key.slice(at + 1)}`,
    ` ${key}\n`,
    `"${key.slice(1, -1)} "`,
    key.slice(1, -1),
    key.toUpperCase(),
  ]);
}

function changedItems(items: readonly JsonNode[], dice: Dice): JsonNode[] {
  const changed = [...items];
  const index = dice.below(changed.length + 1);
  const choice = dice.below(4);
  if (choice === 0) changed.splice(index, 1);
  else if (choice === 1) changed.splice(index, 0, oddValue(dice));
  else if (choice === 2) changed.push(...items);
  else changed.reverse();
  return changed;
}

function changedText(text: string, dice: Dice): JsonNode {
  if (/^-?\d/.test(text))
    return {
      kind: 'raw',
      text: dice.pick([
        `-${text}`,
        `${Number(text) + 1}`,
        `${Number(text) - 1}`,
        `${text}.0`,
        `${text}e0`,
        `${text}e3`,
        `"${text}"`,
        `${text}1`,
        `0${text}`,
      ]),
    };
  if (!text.startsWith('"')) return oddValue(dice);
  const at = 1 + dice.below(Math.max(1, text.length - 1));
  const piece = dice.pick(['\\', '"', '\\u0000', '\\ud800', '😀', '\u007f', '\u2028', '.', '/', '%00', 'A', '']);
  return { kind: 'raw', text: text.slice(0, at) + piece + text.slice(dice.percent(50) ? at : at + 1) };
}
