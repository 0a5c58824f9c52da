import { decodeHeader } from '../../src/protocol/event-text.ts';
import type { AppendEntry } from '../../src/store/store.ts';
import type { SqliteStore } from '../../src/store/sqlite-store.ts';
import { step } from './stepping.ts';

/** The store, each of whose calls is a step before it is passed on, and another one once it is answered. */
export function steppingStore(store: SqliteStore): SqliteStore {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        const what = `${String(name)} ${name === 'append' ? commandsIn(args[0] as readonly AppendEntry[]) : ''}`.trimEnd();
        step(what);
        const answer: unknown = Reflect.apply(value, target, args);
        if (!(answer instanceof Promise)) return answer;
        return answer.then((result: unknown) => {
          step(`did ${what}`);
          return result;
        });
      };
    },
  });
}

/** As in `append, @join by ann, append by system`. */
function commandsIn(entries: readonly AppendEntry[]): string {
  return entries
    .flatMap(({ events }) =>
      events.map(({ header }) => {
        const { command, who } = decodeHeader(header);
        return `${command} by ${who}`;
      }),
    )
    .join(', ');
}
