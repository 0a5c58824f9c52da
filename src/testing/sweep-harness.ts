import type { SessionId } from '../protocol/ids.ts';
import type { Identity } from '../protocol/ports.ts';
import type { SweepReport } from '../session/sweeper.ts';
import { SessionHarness } from './session-harness.ts';

export const HOUR_MS = 3_600_000;

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
    return watched;
  }

  /** Time passes: what was due meanwhile happens at the end of it. */
  async pass(ms: number): Promise<void> {
    this.clock.sleep(ms);
    await this.settle();
  }

  async sweep(options: { readonly dryRun?: boolean } = {}): Promise<SweepReport> {
    await this.settle();
    return this.done(this.sessions.sweeper.sweep(options));
  }

  /** Somebody connects, and is gone for good. */
  async visit(session: SessionId, identity: Identity): Promise<void> {
    const connection = await this.connect(session, identity);
    if (connection.closed !== undefined) throw new Error(`visit: ${connection.closed}`);
    this.sessions.detach(session, connection.id);
    await this.pass(60_000);
  }

  /** Whether a session says that its end is announced. */
  async warned(session: SessionId): Promise<boolean> {
    const read = await this.done(this.sessions.read(session, 'system'));
    return read.ok && 'warning' in read.meta;
  }
}
