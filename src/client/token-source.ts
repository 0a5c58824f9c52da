/** A credential, or a function that gives one: asked once at first, and again when the server refuses the one it gave. */
export type Token = string | (() => string | Promise<string>);

/** Keeps the current credential. Many who need a new one at the same time share one renewal. */
export class TokenSource {
  readonly #token: Token;
  #current: Promise<string> | undefined;

  constructor(token: Token) {
    this.#token = token;
  }

  get(): Promise<string> {
    if (this.#current !== undefined) return this.#current;
    const asked = this.#ask();
    this.#current = asked;
    asked.catch(() => {
      if (this.#current === asked) this.#current = undefined;
    });
    return asked;
  }

  /** A credential other than `refused`, or undefined when there is none. */
  async renew(refused: string): Promise<string | undefined> {
    const asked = this.#current;
    if (asked !== undefined && (await asked) === refused && this.#current === asked) this.#current = undefined;
    const token = await this.get();
    return token === refused ? undefined : token;
  }

  async #ask(): Promise<string> {
    return typeof this.#token === 'string' ? this.#token : this.#token();
  }
}
