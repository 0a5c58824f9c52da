import type { BudgetName } from '../definition/budget.ts';

/** Where a session stands with one budget. */
export type BudgetLevel = 'ok' | 'soft' | 'hard';

type Limits = { readonly soft: number | null; readonly hard: number | null };

/** A level was reached or left. */
export type Crossing<Name extends string = BudgetName> = {
  readonly budget: Name;
  readonly level: BudgetLevel;
  readonly value: number;
  /** The limit that was crossed. */
  readonly limit: number;
};

/** What has risen above a limit is below it again when it has fallen to this share, so that nothing flutters. */
export const BACK_AT = 0.9;

/** What stays above a hard limit has to grow by this factor to be acted on again, so that there is time to make room. */
const WORSE = 1.05;

/** One budget of one session: tells each crossing of a limit once. */
export class BudgetGauge<Name extends string = BudgetName, Limit extends Limits = Limits> {
  readonly name: Name;
  readonly limit: Limit;
  readonly #crossed: (crossing: Crossing<Name>) => void;
  readonly #soft: number;
  readonly #hard: number;
  #level: BudgetLevel = 'ok';
  #value = 0;
  /** Between these nothing changes. */
  #next: number;
  #back = Number.NEGATIVE_INFINITY;
  #worst = 0;

  constructor(name: Name, limit: Limit, crossed: (crossing: Crossing<Name>) => void) {
    this.name = name;
    this.limit = limit;
    this.#crossed = crossed;
    this.#soft = limit.soft ?? Number.POSITIVE_INFINITY;
    this.#hard = limit.hard ?? Number.POSITIVE_INFINITY;
    this.#next = Math.min(this.#soft, this.#hard);
  }

  get level(): BudgetLevel {
    return this.#level;
  }

  get value(): number {
    return this.#value;
  }

  /** The value at which something happens next. */
  get next(): number {
    return this.#next;
  }

  /** Takes in how much it is now. True where it went above the hard limit, and again when it has grown much since. */
  note(value: number): boolean {
    this.#value = value;
    if (value < this.#next && value >= this.#back) return false;
    const before = this.#level;
    this.#level = this.#levelAt(value);
    const isWorse = this.#level === 'hard' && (before !== 'hard' || value >= this.#worst * WORSE);
    if (isWorse) this.#worst = value;
    this.#setBounds();
    if (this.#level !== before) this.#tell(before, value);
    return isWorse;
  }

  #levelAt(value: number): BudgetLevel {
    const [soft, hard] = [
      this.#level === 'ok' ? this.#soft : this.#soft * BACK_AT,
      this.#level === 'hard' ? this.#hard * BACK_AT : this.#hard,
    ];
    if (value >= hard) return 'hard';
    return value >= soft ? 'soft' : 'ok';
  }

  #setBounds(): void {
    if (this.#level === 'hard') [this.#next, this.#back] = [this.#worst * WORSE, this.#hard * BACK_AT];
    else if (this.#level === 'soft') [this.#next, this.#back] = [this.#hard, this.#soft * BACK_AT];
    else [this.#next, this.#back] = [Math.min(this.#soft, this.#hard), Number.NEGATIVE_INFINITY];
  }

  #tell(before: BudgetLevel, value: number): void {
    const isAboutHard = this.#level === 'hard' || before === 'hard';
    this.#crossed({ budget: this.name, level: this.#level, value, limit: isAboutHard ? this.#hard : this.#soft });
  }
}
