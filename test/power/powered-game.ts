import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { SessionId } from '../../src/protocol/ids.ts';
import { Crew, type Member } from '../kill/crew.ts';
import { faultsBetween } from '../kill/faults.ts';
import { Journal, type Record as Asked } from '../kill/journal.ts';
import { clientOf } from '../live-server/client-of.ts';
import type { Scope } from '../live-server/clean-up.ts';
import type { Entry, ledger } from '../live-server/ledger.ts';
import { LogReplay } from '../live-server/log-replay.ts';
import { addMark } from './marks.ts';
import type { PoweredServer } from './powered-server.ts';

const SESSIONS = 2;
const MEMBERS = 2;
const SCORES = 4;
/** Makes a session whose snapshot takes several parts. */
const PAGES = 6;
const PAGE = 'x'.repeat(50_000);
/** Real time in which everyone must be back after a restart. */
const LONGEST_RETURN_MS = 30_000;
/** Between two attempts of somebody who was refused for want of room. */
const BREATH_MS = 20;

/** What clients know of their commands; each answer goes into the disk's journal as well. */
class MarkedJournal extends Journal {
  readonly #server: PoweredServer;

  constructor(server: PoweredServer) {
    super();
    this.#server = server;
  }

  override keep(session: string, id: string, send: () => Promise<number>): Promise<Asked> {
    return super.keep(session, id, async () => {
      const draw = await send();
      addMark(this.#server.journal, { mark: 'acked', session, id, draw });
      return draw;
    });
  }
}

/** Real clients that play on a powered server, and everything else that it does meanwhile. */
export class PoweredGame {
  readonly crews: readonly Crew[];
  readonly journal: Journal;
  readonly #server: PoweredServer;
  readonly #book: SessionId;
  readonly #scores: readonly SessionId[];
  #backups = 0;
  #attempts = 0;

  private constructor(server: PoweredServer, journal: Journal, crews: readonly Crew[], book: SessionId, scores: readonly SessionId[]) {
    this.#server = server;
    this.journal = journal;
    this.crews = crews;
    this.#book = book;
    this.#scores = scores;
  }

  static async begin(scope: Scope, server: PoweredServer): Promise<PoweredGame> {
    const journal = new MarkedJournal(server);
    const crews: Crew[] = [];
    for (let n = 0; n < SESSIONS; n += 1) crews.push(await Crew.join(scope, server.live, MEMBERS, journal));
    const scores: SessionId[] = [];
    for (let n = 0; n < SCORES; n += 1) scores.push(await server.live.createSession('score'));
    const book = await server.live.createSession();
    const author = await clientOf(scope, server.live, 'author').join<typeof ledger>(book);
    for (let page = 0; page < PAGES; page += 1) await author.commands.note({ key: `page${page}`, text: PAGE });
    await author.leave();
    return new PoweredGame(server, journal, crews, book, scores);
  }

  startWriting(): void {
    for (const crew of this.crews) crew.startWriting();
  }

  /** Resolves when everything that was sent is answered. */
  async finishWriting(): Promise<void> {
    await this.#inTime(Promise.all(this.crews.map((crew) => crew.finishWriting())));
  }

  /** Resolves once commands are taken again, without a restart. */
  async untilTaken(): Promise<void> {
    for (const [index, { sessionId, members }] of this.crews.entries()) {
      const late = performance.now() + LONGEST_RETURN_MS;
      for (let attempt = 1; ; attempt += 1) {
        const id = `again-${index}-${(this.#attempts += 1)}`;
        const asked = this.journal.keep(sessionId, id, async () => (await members[0]?.session.commands.append({ id })) ?? 0);
        await this.#inTime(asked);
        if ((await asked).outcome === 'acked') break;
        if (performance.now() > late) assert.fail(`${sessionId} takes no command any more, after ${attempt} attempts`);
        await elapse(BREATH_MS);
      }
    }
  }

  /** All that a server does besides commands. Resolves when it is done, or the server has ended. */
  async busy(): Promise<void> {
    const { live } = this.#server;
    const asked = [
      live.ask({ ask: 'snapshot', about: this.#book }),
      this.backUp(),
      ...this.#scores.map((score) => live.ask({ ask: 'migration', about: score })),
      this.#cleanUp(),
    ];
    await Promise.allSettled(asked);
  }

  /** Resolves when there is a backup more, or there cannot be. */
  async backUp(): Promise<void> {
    this.#backups += 1;
    await Promise.allSettled([this.#server.live.ask({ ask: 'backup', about: `backup${this.#backups}.db` })]);
  }

  async #cleanUp(): Promise<void> {
    const { live } = this.#server;
    for (const type of ['notes', 'keepsake']) {
      const session = await live.createSession(type);
      await live.ask({ ask: 'end', about: session });
    }
    // One step of a session in each sweep.
    for (let sweep = 0; sweep < 3; sweep += 1) await live.ask({ ask: 'cleanup' });
  }

  /** Who has been shown more of a session than is there. */
  aheadOf(heads: ReadonlyMap<string, { readonly seq: number }>): string[] {
    return this.crews.flatMap(({ sessionId, members }) =>
      members.filter(({ session }) => session.seq > (heads.get(sessionId)?.seq ?? 0)).map(({ name }) => `${name} of ${sessionId}`),
    );
  }

  /** Everyone's view, the replay of the log and the answers, once all are back. `lossy`: answers of the last moments may be lost. */
  async compare(isLossy: boolean): Promise<string[]> {
    const wrong: string[] = [];
    for (const crew of this.crews) {
      const replay = new LogReplay();
      do {
        replay.follow(await this.#server.live.readLog(crew.sessionId, replay.seq));
        await this.#inTime(crew.reach(replay.shown));
      } while (crew.members.some(({ session }) => session.seq > replay.seq));
      const log = JSON.stringify(replay.state);
      for (const { name, session } of crew.members)
        if (JSON.stringify(session.state) !== log) wrong.push(`${name} of ${crew.sessionId} sees something else than the log gives`);
      const records = this.journal.records.filter((record) => record.session === crew.sessionId);
      const faults = faultsBetween(records, replay.state['entries'] as Entry[], new Set(['disk-full']));
      wrong.push(...faults.filter((fault) => !(isLossy && fault.endsWith('was acknowledged and is lost'))));
    }
    return wrong;
  }

  async #inTime(work: Promise<unknown>): Promise<void> {
    const late = AbortSignal.timeout(LONGEST_RETURN_MS);
    await Promise.race([work, once(late, 'abort')]);
    if (late.aborted) assert.fail(`not all came back:\n${this.crews.flatMap(({ members }) => members.map(standing)).join('\n')}`);
  }
}

function standing({ name, session }: Member): string {
  return `${name} at seq ${session.seq}: ${JSON.stringify(session.status)}, waits for ${session.pending.length} answers`;
}

function elapse(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
