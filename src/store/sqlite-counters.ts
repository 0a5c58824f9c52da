import { countersOf } from './session-tally.ts';
import { integerIn } from './sql-row.ts';
import type { Database, Statement } from './sqlite-database-adapter.ts';
import type { StoreCounters } from './store-removal.ts';

type CounterName = keyof StoreCounters;

/** Keeps the counters of {@link StoreCounters} in the transactions of what they count. */
export class SqliteCounters {
  readonly #add: Statement;
  readonly #read: Statement;

  constructor(db: Database) {
    this.#add = db.prepare('UPDATE meta SET value = value + ? WHERE key = ?');
    this.#read = db.prepare('SELECT value FROM meta WHERE key = ?');
  }

  /** A session of this status has come to be stored. */
  enter(status: string): void {
    for (const name of countersOf(status)) this.#add.run(1, name);
  }

  /** A session of this status is not stored any more. */
  leave(status: string): void {
    for (const name of countersOf(status)) this.#add.run(-1, name);
  }

  add(name: CounterName, change: number): void {
    this.#add.run(change, name);
  }

  read(): StoreCounters {
    const read = (name: CounterName): number => integerIn(this.#read.get(name) ?? {}, 'value');
    return { created: read('created'), live: read('live'), ended: read('ended'), archived: read('archived'), deleted: read('deleted') };
  }
}
