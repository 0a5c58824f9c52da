/**
 * - `bad-value`: something that JSON cannot hold; `undefined-value`: `undefined`, where a delete was meant;
 * - `reserved-key`: `__proto__`, `constructor`, `prototype`, or a key that JSON writes with an escape; `sparse`: an array would get a hole; `cycle`;
 * - `too-deep`, `too-large`: over a limit;
 * - `closed`: a draft used after its command; `detached`: a write that could reach nothing;
 * - `not-allowed`: an operation that a draft does not offer;
 * - `bad-op`, `unknown-op`, `bad-path`: ops that do not fit their form or the tree; `bad-frame`: a live frame likewise.
 */
export type StateErrorCode =
  | 'bad-value'
  | 'undefined-value'
  | 'reserved-key'
  | 'sparse'
  | 'cycle'
  | 'too-deep'
  | 'too-large'
  | 'closed'
  | 'detached'
  | 'not-allowed'
  | 'bad-op'
  | 'unknown-op'
  | 'bad-path'
  | 'bad-frame';

/** A change of state, or a value for it, that cannot be. `path` says where, from the root of the tree or value. */
export class StateError extends Error {
  readonly code: StateErrorCode;
  readonly path: readonly (string | number)[];
  constructor(code: StateErrorCode, path: readonly (string | number)[], message: string) {
    super(path.length === 0 ? message : `${formatPath(path)}: ${message}`);
    this.name = 'StateError';
    this.code = code;
    this.path = path;
  }
}

/** As in `tokens.hero.items[3]`; at most 200 characters, since keys may come from outside. */
function formatPath(path: readonly (string | number)[]): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(key)) text += text === '' ? key : `.${key}`;
    else text += `[${JSON.stringify(key.slice(0, 100))}]`;
    if (text.length > 200) return `${text.slice(0, 199)}…`;
  }
  return text;
}
