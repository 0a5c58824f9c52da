import type { SessionDefinition } from '../../definition/session-definition.ts';
import type { JsonValue } from '../../protocol/json.ts';
import { Dice } from './dice.ts';
import type { FaultKind } from './history.ts';
import { Nemesis } from './nemesis.ts';
import type { Schedule, Step } from './schedule.ts';
import { makeSwarm, type Swarm } from './swarm.ts';
import { Workload, type CommandWish, type MakeArguments } from './workload.ts';
import type { Person } from './world.ts';

/** What schedules are made from, besides their seed. */
export type Plan = {
  /** Each with the versions that follow it. */
  readonly definitions: readonly SessionDefinition[];
  readonly people: readonly Person[];
  readonly steps: number;
  readonly faults: readonly FaultKind[];
  readonly arguments: Readonly<Record<string, MakeArguments>>;
  readonly servers: number;
  /** How many versions there are to deploy, the first among them. */
  readonly versions: number;
};

const SPANS = [1, 60_000, 3_600_000];
/** So much virtual time may pass until something is cleaned up. */
const SOON_MS = 120_000;
const ACTIVITIES = ['typing', 'rolling', 'thinking'];

/** Makes schedules: the same plan and seed give the same one. */
export class ScheduleMaker {
  readonly #plan: Plan;
  readonly #workloads: readonly Workload[];

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#workloads = plan.definitions.map((definition) => new Workload(definition, plan.arguments));
  }

  /** Every command of the definitions. */
  get commands(): readonly string[] {
    return [...new Set(this.#workloads.flatMap((workload) => workload.names))];
  }

  make(seed: number): Schedule {
    const { people, steps, faults } = this.#plan;
    const dice = new Dice(seed);
    const swarm = makeSwarm(this.commands, faults, dice);
    const running = new Running(this.#plan, swarm, dice, this.#workloads);
    while (running.steps.length < steps) running.go();
    return { seed, durability: swarm.durability, people, steps: running.steps.slice(0, steps) };
  }
}

/** A schedule in the making. */
class Running {
  readonly steps: Step[] = [];
  readonly #plan: Plan;
  readonly #swarm: Swarm;
  readonly #dice: Dice;
  readonly #workloads: readonly Workload[];
  readonly #nemesis: Nemesis;
  /** Which session each is in. */
  readonly #in = new Map<string, number>();

  constructor(plan: Plan, swarm: Swarm, dice: Dice, workloads: readonly Workload[]) {
    this.#plan = plan;
    this.#swarm = swarm;
    this.#dice = dice;
    this.#workloads = workloads;
    const people = plan.people.map(({ name }) => name);
    const { servers, versions } = plan;
    const flood = (): CommandWish | undefined => this.#wish(this.#dice.below(workloads.length));
    const isRemoved = plan.definitions.some(({ policies: { cleanup } }) => (cleanup.deleteAfterMs ?? Infinity) <= SOON_MS);
    const remover = isRemoved ? plan.people.find(({ role }) => role === 'gm')?.name : undefined;
    this.#nemesis = new Nemesis({ people, sessions: plan.definitions.length, servers, versions, remover, dice, flood });
    // Some come later, or never.
    for (const who of dice.some(people, 85)) this.#join(who);
  }

  go(): void {
    const following = this.#nemesis.follow();
    if (following.length > 0) this.steps.push(...following);
    else this.steps.push(...this.#next());
  }

  #next(): readonly Step[] {
    const [dice, swarm] = [this.#dice, this.#swarm];
    switch (dice.weighed(swarm.kinds)) {
      case 'wait':
        return [{ do: 'wait', ms: dice.pick(swarm.waits) }];
      case 'command':
        return this.#command();
      case 'manage':
        return [this.#manage()];
      case 'presence':
        return [{ do: 'presence', who: this.#someone(), activity: dice.chance(70) ? dice.pick(ACTIVITIES) : null }];
      case 'come and go':
        return this.#comeAndGo();
      case 'fault':
        return this.#nemesis.begin(dice.weighed(swarm.faults));
      case 'quiet':
        return dice.chance(50) ? [{ do: 'quiet' }] : [];
    }
  }

  #someone(): string {
    return this.#dice.pick(this.#plan.people).name;
  }

  #command(): readonly Step[] {
    const wish = this.#wish(this.#in.get(this.#someone()) ?? 0);
    return wish === undefined ? [] : [{ do: 'command', who: this.#sender(wish.name), ...wish }];
  }

  /** Mostly one who is there and may; now and then anyone. */
  #sender(name: string): string {
    const [dice, workloads] = [this.#dice, this.#workloads];
    const able = this.#plan.people.filter((person) => {
      const workload = workloads[this.#in.get(person.name) ?? -1];
      return workload?.mayBeSentBy(name, person.role) === true;
    });
    return able.length > 0 && dice.chance(85) ? dice.pick(able).name : this.#someone();
  }

  #wish(session: number): CommandWish | undefined {
    const workload = this.#workloads[session];
    const on = [...this.#swarm.commands].filter(([name]) => workload?.names.includes(name) === true);
    return on.length === 0 ? undefined : workload?.make(this.#dice.weighed(new Map(on)), this.#dice);
  }

  #join(who: string): void {
    const session = this.#dice.below(this.#workloads.length);
    this.#in.set(who, session);
    this.steps.push({ do: 'join', who, session });
  }

  #comeAndGo(): readonly Step[] {
    const who = this.#someone();
    if (!this.#in.has(who) || this.#dice.chance(25)) this.#join(who);
    else {
      this.#in.delete(who);
      this.steps.push({ do: this.#dice.chance(50) ? 'leave' : 'close', who });
    }
    return [];
  }

  /** Mostly by a GM, who may; now and then by someone who may not. */
  #manage(): Step {
    const dice = this.#dice;
    const gms = this.#plan.people.filter(({ role }) => role === 'gm');
    const who = gms.length > 0 && dice.chance(80) ? dice.pick(gms).name : this.#someone();
    const participant = { $person: dice.below(100) };
    const acts: readonly (readonly [string, number, JsonValue])[] = [
      ['start', 2, {}],
      ['pause', 4, dice.chance(50) ? {} : { reason: 'tea' }],
      ['resume', 8, {}],
      ['rename', 3, { name: dice.pick(['The mill', 'x', ' ', 'n'.repeat(80)]) }],
      ['profile', 4, { name: dice.pick(['Ada', 'Ben', 'B'.repeat(64)]), color: dice.pick(['#1a2b3c', null, 'red']) }],
      ['role', 8, { participant, role: dice.pick(this.#roles()) }],
      ['handOver', 1, { participant }],
      ['transfer', 1, { participant }],
      ['kick', 4, dice.chance(50) ? { participant } : { participant, reason: 'loud' }],
      ['ban', 2, dice.chance(50) ? { participant } : { participant, until: 1_767_225_600_000 + dice.pick(SPANS) }],
      ['unban', 4, { participant }],
      ['lock', 3, { locked: dice.chance(40) }],
      ['end', 1, { reason: 'late' }],
    ];
    const act = dice.weighed(new Map(acts.map(([name, weight]) => [name, weight])));
    return { do: 'manage', who, act, args: acts.find(([name]) => name === act)?.[2] ?? {} };
  }

  #roles(): readonly string[] {
    return [...new Set([...this.#plan.definitions.flatMap(({ roles }) => roles), 'nobody'])];
  }
}
