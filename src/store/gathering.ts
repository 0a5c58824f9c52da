/** Gathers what is asked while an answer is on its way, so that it is asked together: one transaction for many. */
export class Gathering<Question, Answer> {
  /** Answers as many questions as it is asked, in their order. */
  readonly #ask: (questions: readonly Question[]) => Promise<readonly Answer[]>;
  readonly #most: number;
  #waiting: { readonly question: Question; readonly settle: (answer: Answer | Promise<Answer>) => void }[] = [];
  #isAsking = false;

  /** `most`: so many at a time. */
  constructor(ask: (questions: readonly Question[]) => Promise<readonly Answer[]>, most: number = Number.POSITIVE_INFINITY) {
    this.#ask = ask;
    this.#most = most;
  }

  add(question: Question): Promise<Answer> {
    return new Promise((settle) => {
      this.#waiting.push({ question, settle });
      if (!this.#isAsking) void this.#askWaiting();
    });
  }

  async #askWaiting(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#most);
      const answers = this.#ask(batch.map(({ question }) => question));
      for (const [index, { settle }] of batch.entries()) settle(answers.then((given) => given[index] as Answer));
      await answers.catch(() => undefined);
    }
    this.#isAsking = false;
  }
}
