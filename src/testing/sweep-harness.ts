import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { BuiltInRole, GivenPolicies } from '../definition/policies.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Identity } from '../protocol/ports.ts';
import type { Sessions } from '../session/sessions.ts';
import type { SweepReport } from '../session/sweeper.ts';
import { person, SessionHarness } from './session-harness.ts';

export const HOUR_MS = 3_600_000;

/** A type of session whose whole life takes 114 hours, unless somebody signs. */
export function guestbook(policies: GivenPolicies<BuiltInRole> = {}) {
  const cleanup = {
    abandonAfterMs: 24 * HOUR_MS,
    pausedAfterMs: 100 * HOUR_MS,
    warnBeforeMs: 4 * HOUR_MS,
    graceMs: 10 * HOUR_MS,
    completedAfterMs: 30 * HOUR_MS,
    deleteAfterMs: 50 * HOUR_MS,
    ...policies.cleanup,
  };
  return defineSession('guestbook', {
    version: 1,
    initial: () => ({ lines: ['the first line'] }),
    policies: { access: 'open', ...policies, cleanup },
    commands: (command) => ({ sign: command(z.object({ text: z.string() }), (state, { text }) => void state.lines.push(text)) }),
  });
}

/** A `SessionHarness` for tests of cleanup: everything that takes time takes it on the virtual clock. */
export class SweepHarness extends SessionHarness {
  /** Waits for what needs turns of the clock. */
  async done<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const watched = work.finally(() => (isDone = true));
    watched.catch(() => undefined);
    for (let round = 0; round < 100_000 && !isDone; round += 1) {
      this.clock.advance(0);
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    }
    if (!isDone) throw new Error('done: it does not come to an end');
    return watched;
  }

  async sweep(options: { readonly dryRun?: boolean } = {}): Promise<SweepReport> {
    await this.settle();
    return this.done(this.sessions.sweeper.sweep(options));
  }

  run(session: SessionId, as: Identity | 'system', command: string, args: JsonValue = {}): ReturnType<Sessions['run']> {
    return this.done(this.sessions.run(session, { as, command, args }));
  }

  /** A session whose owner is at the table, though not connected. */
  override async create(type: string, owner: Identity | 'system' = person('mira')): Promise<SessionId> {
    const session = await super.create(type, owner);
    const joined = owner === 'system' ? undefined : await this.run(session, owner, '@join');
    if (joined?.ok === false) throw new Error(`create: ${joined.code}`);
    return session;
  }

  /** Sessions of the host, all at once. */
  async createMany(type: string, count: number): Promise<SessionId[]> {
    const creating = Promise.all(Array.from({ length: count }, () => this.sessions.create({ type, by: 'system' })));
    const outcomes = await this.done(creating);
    return outcomes.map((outcome) => {
      if (!outcome.ok) throw new Error(`createMany: ${outcome.code}`);
      return outcome.row.session;
    });
  }

  /** Somebody connects, and is gone for good. */
  async visit(session: SessionId, identity: Identity): Promise<void> {
    const connection = await this.connect(session, identity);
    if (connection.closed !== undefined) throw new Error(`visit: ${connection.closed}`);
    this.sessions.detach(session, connection.id);
    await this.pass(60_000);
  }

  /** Time passes: what was due meanwhile happens at the end of it. */
  async pass(ms: number): Promise<void> {
    this.clock.sleep(ms);
    await this.settle();
  }

  /** Whether a session says that its end is announced. */
  async warned(session: SessionId): Promise<boolean> {
    const read = await this.done(this.sessions.read(session, 'system'));
    return read.ok && 'warning' in read.meta;
  }
}
