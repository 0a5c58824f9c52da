/** What a test knows of one command, kept where a dying server cannot reach it. */
export type Record = {
  readonly id: string;
  readonly session: string;
  outcome: 'unanswered' | 'acked' | 'refused';
  draw: number;
  why: string;
};

/** Every command that was ever sent and what its sender was told. */
export class Journal {
  readonly records: Record[] = [];
  #unanswered = 0;

  get unanswered(): number {
    return this.#unanswered;
  }

  /** Notes the command before it is sent, and the answer when it comes. Resolves with what is known then; never rejects. */
  async keep(session: string, id: string, send: () => Promise<number>): Promise<Record> {
    const record: Record = { id, session, outcome: 'unanswered', draw: 0, why: '' };
    this.records.push(record);
    this.#unanswered += 1;
    try {
      record.draw = await send();
      record.outcome = 'acked';
    } catch (error) {
      record.outcome = 'refused';
      record.why = codeOf(error);
    }
    this.#unanswered -= 1;
    return record;
  }
}

/** The code of a refusal; of anything else what it says. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}
