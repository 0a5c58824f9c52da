import { OPERATORS_SESSION, OPERATORS_TYPE, type OperatorAct } from '../access/operators.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Clock } from '../protocol/ports.ts';
import { refuse, type Outcome, type Refusal } from '../session/outcome.ts';
import type { Sessions } from '../session/sessions.ts';
import type { OperatorGate } from './http-app.ts';
import type { OperatorAuth } from './operator-auth.ts';

export { OPERATORS_TYPE };

/** What is about to be done. */
export type PlannedAct = Omit<OperatorAct, 'outcome'>;

export type OperatorActsOptions = {
  readonly sessions: () => Pick<Sessions, 'create' | 'run'>;
  readonly clock: Pick<Clock, 'monotonic'>;
};

/** Who looks at the same thing again and again, as a dashboard does, is recorded once in this time. */
const LOOK_AGAIN_MS = 60_000;
const LOOKS_MOST = 1_000;

/** Records what operators do: nothing of it is answered before it is in the log. */
export class OperatorActs {
  readonly #sessions: OperatorActsOptions['sessions'];
  readonly #clock: OperatorActsOptions['clock'];
  readonly #looks = new Map<string, number>();
  #creating: Promise<unknown> | undefined;

  constructor({ sessions, clock }: OperatorActsOptions) {
    this.#sessions = sessions;
    this.#clock = clock;
  }

  /** Does it and records what came of it. */
  async perform<T extends object>(operator: string, act: PlannedAct, work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const outcome = await work();
    const fault = await this.record(operator, { ...act, outcome: outcome.ok ? 'done' : outcome.code });
    return fault ?? outcome;
  }

  /** Like `perform`, for what changes and discloses little: recorded at most once a minute for each operator and session. */
  async look<T extends object>(operator: string, act: PlannedAct, work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    return this.#isNew(`${operator} ${act.what} ${act.session ?? ''}`) ? this.perform(operator, act, work) : work();
  }

  /** The token was good, and does not allow this. */
  async refused(operator: string, act: PlannedAct, refusal: Refusal): Promise<Refusal> {
    const isNew = this.#isNew(`${operator} ${act.what} ${act.session ?? ''} ${refusal.code}`);
    const fault = isNew ? await this.record(operator, { ...act, outcome: refusal.code }) : undefined;
    return fault ?? refusal;
  }

  /** Lets operators to their routes. */
  gate(auth: OperatorAuth): OperatorGate {
    return {
      verify: (token) => auth.verify(token),
      refused: ({ id }, what, session, refusal) => this.refused(id, { what, session }, refusal),
    };
  }

  /** Writes one act into the log; resolves once it is durable. */
  async record(operator: string, act: OperatorAct): Promise<Refusal | undefined> {
    const { details, ...facts } = act;
    const args: JsonObject = details === undefined ? facts : { ...facts, details };
    const request = { as: { operator }, command: 'act', args };
    let recorded = await this.#sessions().run(OPERATORS_SESSION, request);
    if (!recorded.ok && recorded.code === 'not-found') {
      await this.#create();
      recorded = await this.#sessions().run(OPERATORS_SESSION, request);
    }
    return recorded.ok ? undefined : refuse('unavailable', `What was done could not be recorded: ${recorded.message}`);
  }

  /** With the first act, once however many come at a time. */
  #create(): Promise<unknown> {
    const request = { type: OPERATORS_TYPE, by: 'system', name: 'Operators', listed: false, session: OPERATORS_SESSION } as const;
    this.#creating ??= this.#sessions()
      .create(request)
      .finally(() => (this.#creating = undefined));
    return this.#creating;
  }

  #isNew(look: string): boolean {
    const now = this.#clock.monotonic();
    const last = this.#looks.get(look);
    if (last !== undefined && now - last < LOOK_AGAIN_MS) return false;
    if (this.#looks.size >= LOOKS_MOST) this.#looks.clear();
    this.#looks.set(look, now);
    return true;
  }
}
