import type { AppendEntry, AppendResult, Store } from '../store/store.ts';
import { PassingStore } from './passing-store.ts';

type Waiting = {
  readonly entries: readonly AppendEntry[];
  readonly answer: (results: readonly AppendResult[] | Promise<readonly AppendResult[]>) => void;
};

/** A store whose appends wait until the test decides what becomes of them. */
export class HeldStore extends PassingStore {
  readonly #inner: Store;
  readonly #waiting: Waiting[] = [];
  #holding = false;

  constructor(inner: Store) {
    super(inner);
    this.#inner = inner;
  }

  /** From now on appends wait. */
  hold(): void {
    this.#holding = true;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Lets everything that waits through, and what comes after. */
  letGo(): void {
    this.#holding = false;
    for (const { entries, answer } of this.#waiting.splice(0)) answer(this.#inner.append(entries));
  }

  /** The oldest waiting append is done, or failed before or after it was written. */
  async next(fate: 'ok' | 'lost' | 'written-but-failed' | 'full'): Promise<void> {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) throw new Error('HeldStore: no append waits');
    const { entries, answer } = waiting;
    if (fate === 'ok') return answer(this.#inner.append(entries));
    if (fate === 'written-but-failed') await this.#inner.append(entries);
    answer(entries.map(() => ({ outcome: 'failed', full: fate === 'full', message: `the test said ${fate}` })));
  }

  override append(entries: readonly AppendEntry[]): Promise<readonly AppendResult[]> {
    if (!this.#holding) return this.#inner.append(entries);
    return new Promise((answer) => this.#waiting.push({ entries, answer }));
  }
}
