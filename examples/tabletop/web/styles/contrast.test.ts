import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

type Scheme = 'light' | 'dark';

const SHEET = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');
const COLOURS = new Map(
  [...SHEET.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, light, dark]) => [name, { light, dark }]),
);

function colour(name: string, scheme: Scheme): string {
  const found = COLOURS.get(name)?.[scheme];
  assert.ok(found, `tokens.css has a colour --${name}`);
  return found;
}

/** Relative luminance (WCAG 2.2). */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const GROUNDS = ['ground', 'surface', 'raised'];
const SCENERY = ['sky', 'hill-far', 'hill-near', 'sea'];
const WATERS = ['deep', 'water-1', 'water-2', 'water-3', 'land'];
const HUES = Array.from({ length: 8 }, (_, i) => `hue-${i}`);

/** Least contrast, and which colours on which: 4.5 for text, 3 for what tells a control or a state apart. */
const PAIRS: readonly (readonly [least: number, on: readonly string[], colours: readonly string[]])[] = [
  [4.5, [...GROUNDS, ...SCENERY], ['ink', 'quiet']],
  [4.5, [...GROUNDS, 'accent-wash'], ['accent', 'ink', 'quiet']],
  [4.5, ['sky'], ['accent']],
  [4.5, GROUNDS, ['good', 'warn', 'bad']],
  [4.5, ['accent'], ['on-accent']],
  [4.5, HUES, ['on-hue']],
  [3, GROUNDS, ['edge']],
  [3, WATERS, HUES],
];

for (const scheme of ['light', 'dark'] as const) {
  for (const [least, grounds, colours] of PAIRS) {
    test(`DEMO-10: ${colours.join(', ')} on ${grounds.join(', ')} have a contrast of at least ${least}, ${scheme}`, () => {
      const faint = grounds.flatMap((ground) =>
        colours
          .map((name) => [name, ground, contrast(colour(name, scheme), colour(ground, scheme))] as const)
          .filter(([, , ratio]) => ratio < least),
      );
      assert.deepEqual(faint, []);
    });
  }
}
