import type { Client, Session } from 'holdfast/client';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { SessionId } from '../../src/protocol/ids.ts';
import type { Scope } from '../live-server/clean-up.ts';
import { clientOf } from '../live-server/client-of.ts';
import type { LiveServer } from '../live-server/live-server.ts';
import type { LogReplay } from '../live-server/log-replay.ts';
import { Crew, enter, JOIN_MS, when } from './crew.ts';
import type { ledger } from '../live-server/ledger.ts';
import { codeOf, type Journal } from './journal.ts';

const SIZE = 3;
/** Newcomers of a round, and how many of them the invitation is good for. */
const NEWCOMERS = 3;
const USES = 2;

/** An invitation, and what those who tried it were told. */
type Invited = { readonly invite: string; readonly told: { readonly name: string; readonly isIn: boolean }[] };

/** A session with a GM who invites and pauses, and with people who come and go while the server is killed. */
export class TavernTable {
  readonly crew: Crew;
  readonly #scope: Scope;
  readonly #server: LiveServer;
  readonly #gm: Client;
  readonly #own: Session<typeof ledger>;
  readonly #invited: Invited[] = [];
  #count = 0;
  pauses = 0;

  private constructor(scope: Scope, server: LiveServer, gm: Client, own: Session<typeof ledger>, crew: Crew) {
    this.#scope = scope;
    this.#server = server;
    this.#gm = gm;
    this.#own = own;
    this.crew = crew;
  }

  static async open(scope: Scope, server: LiveServer, journal: Journal): Promise<TavernTable> {
    const gm = clientOf(scope, server, 'gm');
    const { id } = await gm.sessions.create('tavern', { name: 'Tavern' });
    const { token } = await gm.invites.create({ session: id });
    const places = Array.from({ length: SIZE - 1 }, (_, index) => ({ name: `guest${index}`, to: { invite: token } }));
    const own = await gm.join<typeof ledger>(id, { timeoutMs: JOIN_MS });
    const players = await enter(scope, server, places);
    const members = [{ name: 'gm', role: 'gm', session: own }, ...players];
    return new TavernTable(scope, server, gm, own, new Crew(id as SessionId, members, journal));
  }

  /** Times that an invitation let someone in. */
  get admissions(): number {
    return this.#invited.reduce((sum, { told }) => sum + told.filter(({ isIn }) => isIn).length, 0);
  }

  /** The GM pauses and goes on: each once, however often it has to be said. */
  async pauseAndResume(): Promise<void> {
    await this.#own.manage.pause({ reason: 'tea' });
    this.pauses += 1;
    await this.#own.manage.resume();
  }

  /** Everyone shows what they are doing. */
  showPresence(): void {
    for (const { session } of this.crew.members) session.setPresence({ activity: { name: 'writing' }, data: { n: this.#count } });
  }

  /** More people than an invitation is good for try it at once, until each has an answer. */
  async invite(): Promise<void> {
    const { invite, token } = await untilAnswered(() => this.#gm.invites.create({ session: this.crew.sessionId }, { uses: USES }));
    const invited: Invited = { invite, told: [] };
    this.#invited.push(invited);
    await Promise.all(Array.from({ length: NEWCOMERS }, () => this.#come(invited, token)));
  }

  async #come({ told }: Invited, token: string): Promise<void> {
    const name = `newcomer${(this.#count += 1)}`;
    const client = clientOf(this.#scope, this.#server, name, undefined, this.#count % 2 === 1 ? 'sse' : 'websocket');
    const session = await untilAnswered(async () => {
      try {
        return await client.join({ invite: token });
      } catch (error) {
        if (isUnanswered(error)) throw error;
        // Whether an earlier try got there is not known: who has come already comes back by the id.
        return client.join(this.crew.sessionId);
      }
    }).catch(isRefused);
    told.push({ name, isIn: session !== undefined });
    if (this.#count % 3 !== 0) await session?.leave();
    client.close();
  }

  /** Every way in which what was told and shown is not what the log says. */
  faults({ meta, commands }: LogReplay): string[] {
    const joined = new Set(commands.filter(({ command }) => command === '@join').map(({ who }) => who));
    const moderation = (meta['moderation'] ?? {}) as { invites?: Record<string, { used: number; usedBy: JsonObject }> };
    const faults = this.#invited.flatMap(({ invite, told }) => {
      const { used = 0 } = moderation.invites?.[invite] ?? {};
      const admitted = told.filter(({ isIn }) => isIn).length;
      const wrong = told.filter(({ name, isIn }) => joined.has(name) !== isIn).map(({ name, isIn }) => `${name} was told ${isIn}`);
      return used === USES && admitted === USES ? wrong : [...wrong, `an invitation for ${USES} was used ${used} times by ${admitted}`];
    });
    return [...faults, ...whilePaused(commands)];
  }

  /** Resolves once everyone is shown as here who is here, and nobody who is not. */
  async withoutGhosts(): Promise<void> {
    const here = this.crew.members.map(({ name }) => name).toSorted();
    const shown = ({ presence }: Session<typeof ledger>): string[] =>
      Object.keys(presence).filter((id) => presence[id as keyof typeof presence]?.status !== 'disconnected');
    await Promise.all(
      this.crew.members.map(({ session }) => when(session, () => JSON.stringify(shown(session).toSorted()) === JSON.stringify(here))),
    );
  }
}

/** No command of the game runs in a pause. */
function whilePaused(commands: LogReplay['commands']): string[] {
  let isPaused = false;
  return commands.flatMap(({ seq, command }) => {
    if (command === '@pause') isPaused = true;
    if (command === '@resume') isPaused = false;
    return isPaused && command === 'append' ? [`seq ${seq} was played in a pause`] : [];
  });
}

/** Tries until there is an answer from the server itself. */
async function untilAnswered<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      await pause();
    }
  }
}

function isUnanswered(error: unknown): boolean {
  return ['unavailable', 'shutting-down', 'internal', 'rate-limited'].includes(codeOf(error));
}

/** Nothing, for who may not come in; anything else is a failure. */
function isRefused(error: unknown): undefined {
  if (!['invite-invalid', 'forbidden', 'not-found'].includes(codeOf(error))) throw error;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
