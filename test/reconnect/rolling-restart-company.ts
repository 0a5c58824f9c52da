import assert from 'node:assert/strict';
import { createClient, type Session } from 'holdfast/client';
import { FaultProxy } from 'holdfast/testing';
import type { SessionId } from '../../src/protocol/ids.ts';
import { faultsBetween } from '../kill/faults.ts';
import { JOIN_MS } from '../kill/crew.ts';
import { Journal } from '../kill/journal.ts';
import { cleanUp, type Scope } from '../live-server/clean-up.ts';
import { hastyClock } from '../live-server/hasty-clock.ts';
import type { Entry, ledger } from '../live-server/ledger.ts';
import { LogReplay } from '../live-server/log-replay.ts';
import type { LogRead } from '../../src/store/store.ts';
import { until } from './until.ts';

const ON_THE_WAY = 4;
const HASTE = 10;

export type Transport = 'websocket' | 'sse';

/** What one of them saw besides the state. */
type Member = {
  readonly name: string;
  readonly session: Session<typeof ledger>;
  readonly heard: string[];
  readonly attendance: string[];
  readonly missed: unknown[];
};

/** Where they connect: one address, behind which servers take turns. */
export async function addressOf(scope: Scope, current: () => { readonly port: number }): Promise<FaultProxy> {
  const proxy = await FaultProxy.start({
    get port() {
      return current().port;
    },
  });
  cleanUp(scope, () => proxy.stop());
  return proxy;
}

/** People of one session that write without pause while servers come and go. */
export class Company {
  readonly sessionId: SessionId;
  readonly members: readonly Member[];
  readonly #journal = new Journal();
  #going = false;
  #writers: Promise<void>[] = [];
  #count = 0;

  private constructor(sessionId: SessionId, members: readonly Member[]) {
    this.sessionId = sessionId;
    this.members = members;
  }

  /** One for each transport named. */
  static async join(
    scope: Scope,
    port: number,
    { id, transports, name = 'member' }: { readonly id: SessionId; readonly transports: readonly Transport[]; readonly name?: string },
  ): Promise<Company> {
    const members: Member[] = [];
    for (const [number, each] of transports.entries()) members.push(await joinAs(scope, port, { name: `${name}${number}`, id, each }));
    // Everyone has seen the others come before anything is counted.
    const all = members.length;
    await until(
      () => members.every(({ session }) => session.participants.filter((person) => person.id.startsWith(name)).length === all),
      'they are all there',
    );
    for (const { attendance } of members) attendance.length = 0;
    return new Company(id, members);
  }

  get acked(): number {
    return this.#journal.records.filter(({ outcome }) => outcome === 'acked').length;
  }

  get unanswered(): number {
    return this.#journal.unanswered;
  }

  startWriting(): void {
    this.#going = true;
    this.#writers = this.members.flatMap((member) => Array.from({ length: ON_THE_WAY }, () => this.#write(member)));
  }

  /** Resolves once so many more commands are acknowledged. */
  async writes(more: number): Promise<void> {
    const wanted = this.acked + more;
    await until(
      () => this.acked >= wanted,
      'they write',
      () => this.members.map(({ session }) => session.status),
    );
  }

  /** Sends nothing new; resolves when everything sent is answered. */
  async finishWriting(): Promise<void> {
    this.#going = false;
    await until(
      () => this.unanswered === 0,
      'everything is answered',
      () => this.members.map(({ session }) => [session.status, session.pending.length]),
    );
    await Promise.all(this.#writers);
  }

  /** What they were told and see must be what the log says; the log itself is returned. `others` write there too. */
  async compare(read: LogRead, others: readonly Company[] = []): Promise<LogReplay> {
    const log = new LogReplay();
    log.follow(read);
    const entries = log.state['entries'] as Entry[];
    const records = [this, ...others].flatMap((company) => company.#journal.records);
    assert.deepEqual(faultsBetween(records, entries), []);
    const said = log.commands.filter(({ command }) => command === 'append');
    assert.equal(new Set(said.map(({ key }) => key)).size, said.length, 'no command number appears twice');
    const logged = JSON.stringify(log.state);
    for (const { name, session, heard, missed } of this.members) {
      await until(
        () => JSON.stringify(session.state) === logged,
        `${name} sees what the log says`,
        () => [session.seq, log.seq, session.status],
      );
      assert.equal(new Set(heard).size, heard.length, `${name} heard something twice`);
      const all = entries.map(({ id }) => id);
      if (missed.length === 0) assert.deepEqual(heard, all.slice(all.length - heard.length), `${name} heard everything since the join`);
    }
    return log;
  }

  async #write({ name, session }: Member): Promise<void> {
    while (this.#going) {
      const id = `${name}-${(this.#count += 1)}`;
      const { outcome } = await this.#journal.keep(session.id, id, () => session.commands.append({ id }));
      // A fault, or the end.
      if (outcome === 'refused') return;
    }
  }
}

async function joinAs(
  scope: Scope,
  port: number,
  { name, id, each }: { readonly name: string; readonly id: SessionId; readonly each: Transport },
): Promise<Member> {
  const client = createClient({ url: `http://127.0.0.1:${port}`, token: name, clock: hastyClock(HASTE), transports: each });
  cleanUp(scope, () => client.close());
  const session = await client.join<typeof ledger>(id, { timeoutMs: JOIN_MS });
  const member: Member = { name, session, heard: [], attendance: [], missed: [] };
  session.on('appended', ({ id: entry }) => member.heard.push(entry));
  session.on('participant', ({ kind }) => member.attendance.push(kind));
  session.on('missed', (range) => member.missed.push(range));
  return member;
}
