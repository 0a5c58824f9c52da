import fc from 'fast-check';
import type { JsonArray, JsonObject, JsonValue } from '../../src/protocol/json.ts';
import { key, value } from './json-arbitraries.ts';

/** One write of a handler: walk down from the root by `route`, then do one of the things that the place there offers. */
export type Edit = {
  readonly route: readonly number[];
  readonly action: number;
  readonly key: string;
  readonly n: number;
  readonly m: number;
  readonly value: JsonValue;
};

const edit: fc.Arbitrary<Edit> = fc.record({
  // Mostly near the root, so that edits meet.
  route: fc.oneof({ weight: 3, arbitrary: fc.tuple(fc.nat({ max: 2 })) }, fc.array(fc.nat({ max: 5 }), { maxLength: 3 })),
  action: fc.nat({ max: 1000 }),
  key,
  n: fc.integer({ min: -4, max: 6 }),
  m: fc.integer({ min: -4, max: 6 }),
  value,
});

export const editScript = fc.array(edit, { minLength: 1, maxLength: 30, size: 'max' });

type Container = JsonObject | JsonArray;
/**
 * What the handler holds in a variable: taken out of the tree, to be changed and put back. Never something that was
 * assigned elsewhere before: that is refused, see STATE-7.
 */
type Hand = {
  held: Container | undefined;
  readonly assigned: Set<Container>;
  /** Plain objects that the handler has put into the tree, and goes on to write to. */
  readonly own: Container[];
  readonly aliasing: boolean;
};

export type RunOptions = {
  /** Put own objects into second places too; then nothing is taken out and put back, which would make copies of some. */
  readonly aliasing?: boolean;
};

/**
 * Runs a script on a tree or a draft of it. `copy` is what assigning a part of the tree to another place means: nothing
 * for a recording draft, a deep copy for trees that would share it. Returns the plain objects that were put into the tree.
 */
export function runScript(
  root: JsonObject,
  script: readonly Edit[],
  copy: (part: JsonValue) => JsonValue,
  { aliasing = false }: RunOptions = {},
): readonly Container[] {
  const hand: Hand = { held: undefined, assigned: new Set(), own: [], aliasing };
  for (const given of script) {
    const step = { ...given, value: structuredClone(given.value) };
    const place = walk(root, step.route);
    if (step.action % 4 === 3) editOwn(step, hand, root);
    else if (Array.isArray(place)) editArray(place, step, hand, root, copy);
    else editObject(place, step, hand, root, copy);
    // Whether it was put into the tree or not: then it is just an object.
    if (isContainer(step.value)) hand.own.push(step.value);
  }
  return hand.own;
}

/** Writes to an object of the handler's own, past the tree. */
export function editOwn(step: Edit, { own, aliasing }: Pick<Hand, 'own' | 'aliasing'>, root: JsonObject): void {
  const first = own[step.action % Math.max(own.length, 1)];
  if (first === undefined) return;
  if (aliasing && step.m < -1) {
    root[step.key] = first;
    return;
  }
  const place = walk(first, step.route.slice(1));
  const actions: (() => unknown)[] = Array.isArray(place)
    ? [() => place.push(step.value), () => place.pop(), () => place.reverse(), () => place.unshift(step.n), () => place.splice(0)]
    : [
        () => (place[step.key] = step.value),
        () => (place[step.key] = step.n),
        () => delete place[step.key],
        () => (place['a'] = [step.value]),
      ];
  actions[Math.abs(step.n) % actions.length]?.();
}

function walk(root: Container, route: readonly number[]): Container {
  let place: Container = root;
  for (const turn of route) {
    const children: Container[] = Object.values(place).filter(isContainer);
    const next = children[turn % Math.max(children.length, 1)];
    if (next === undefined) return place;
    place = next;
  }
  return place;
}

function isContainer(part: JsonValue | undefined): part is Container {
  return typeof part === 'object' && part !== null;
}

type Copy = (part: JsonValue) => JsonValue;

function editObject(place: JsonObject, step: Edit, hand: Hand, root: JsonObject, copy: Copy): void {
  const actions: (() => void)[] = [
    () => void (place[step.key] = step.value),
    () => void (place[step.key] = step.n),
    () => void delete place[step.key],
    () => {
      const part = walk(root, [step.n + 4, step.m + 4]);
      if (part !== place[step.key]) place[step.key] = copy(assign(hand, part));
    },
    () => void (place[step.key] = [copy(walk(root, [step.n + 4, step.m + 4])), 1]),
    () => void Object.assign(place, { [step.key]: step.value, a: step.n }),
    () => {
      const child = place[step.key];
      delete place[step.key];
      hold(hand, child);
    },
    () => {
      if (hand.held !== undefined) place[step.key] = hand.held;
      hand.held = undefined;
    },
    () => changeHeld(hand, step),
  ];
  actions[step.action % actions.length]?.();
}

function editArray(place: JsonArray, step: Edit, hand: Hand, root: JsonObject, copy: Copy): void {
  const { n, m, length } = { ...step, length: place.length };
  const at = length === 0 ? 0 : Math.abs(n) % length;
  const actions: (() => unknown)[] = [
    () => place.push(step.value),
    () => void (place[0] = m),
    () => void (place[0] = n),
    () => place.push(n, step.value),
    () => hold(hand, place.pop()),
    () => hold(hand, place.shift()),
    () => place.unshift(step.value, m),
    () => place.splice(n, m, step.value),
    () => hold(hand, place.splice(n, m)[0]),
    () => place.splice(n),
    // oxlint-disable-next-line typescript/require-array-sort-compare -- the language's own order is meant
    () => place.some(isContainer) || place.sort(),
    () => place.sort((a, b) => compare(JSON.stringify(b), JSON.stringify(a))),
    () => place.reverse(),
    () => place.fill(n, m),
    () => place.some(isContainer) || place.copyWithin(n, m),
    () => void (place[at] = step.value),
    () => void (place[length] = n),
    () => void (place.length = at),
    () => length > 0 && place.push(copy(assign(hand, place[at] as JsonValue))),
    () => at > 0 && void (place[0] = copy(assign(hand, place[at] as JsonValue))),
    () => void (root[step.key] = copy(place.filter((_item, index) => index !== at))),
    () => {
      if (hand.held !== undefined) place.splice(at, 0, hand.held);
      hand.held = undefined;
    },
    () => changeHeld(hand, step),
  ];
  actions[step.action % actions.length]?.();
}

function hold(hand: Hand, part: JsonValue | undefined): void {
  if (isContainer(part) && !hand.assigned.has(part) && !hand.aliasing) hand.held = part;
}

function assign(hand: Hand, part: JsonValue): JsonValue {
  if (isContainer(part)) hand.assigned.add(part);
  return part;
}

function changeHeld({ held }: Hand, step: Edit): void {
  if (held === undefined) return;
  if (Array.isArray(held)) held.push(step.n);
  else held[step.key] = step.n;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
