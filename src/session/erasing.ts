import { decodeHeader } from '../protocol/event-text.ts';
import type { ParticipantId, Seq, SessionId } from '../protocol/ids.ts';
import type { Store, StoredEvent } from '../store/store.ts';
import { changeTree } from './people.ts';
import { NO_EFFECT } from './run-command.ts';
import type { EventFacts, SessionLog } from './session-log.ts';

/** Events read at a time. */
const WINDOW = 1_024;
/** Events of others that tell of an erasure and hold nothing else of the person. */
const KEPT: ReadonlySet<string> = new Set(['@erase', '@erased']);

export type ErasingHost = {
  readonly append: (facts: EventFacts) => Seq;
  /** Runs the session's own code after a wait; not at all where its memory was dropped meanwhile. */
  readonly guard: (work: () => void) => void;
};

/**
 * Carries out erasures once their event is durable, with a snapshot that no wake has to go back behind: the contents of the
 * person's events go, and of those events of the session itself that name the person. Each step can be repeated; what a
 * crash left undone is done after the next wake.
 */
export class Erasing {
  readonly #log: SessionLog;
  readonly #store: Pick<Store, 'read' | 'erase' | 'snapshots'>;
  readonly #host: ErasingHost;
  #isBusy = false;

  constructor(log: SessionLog, store: Pick<Store, 'read' | 'erase' | 'snapshots'>, host: ErasingHost) {
    this.#log = log;
    this.#store = store;
    this.#host = host;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Goes on with what is pending, if anything is. */
  check(): void {
    const [next] = Object.entries(this.#log.tree.internal.erasures ?? {}) as [ParticipantId, Seq][];
    if (this.#isBusy || next === undefined) return;
    this.#isBusy = true;
    const [who, seq] = next;
    this.#erase(who, seq).then(
      (seqs) =>
        this.#host.guard(() => {
          this.#isBusy = false;
          if (seqs === undefined) return;
          this.#finish(who, seqs);
          this.check();
        }),
      // It stays pending: the next commit, or the next wake, tries again.
      () => void (this.#isBusy = false),
    );
  }

  async #erase(who: ParticipantId, upTo: Seq): Promise<Seq[] | undefined> {
    const { session } = this.#log;
    const snapshots = await this.#store.snapshots(session);
    if (!snapshots.some(({ seq, intact }) => intact && seq >= upTo)) return undefined;
    const { written, about } = await eventsOf(this.#store, session, who, upTo);
    const first = await this.#store.erase(session, { who });
    const second = first.outcome === 'ok' && about.length > 0 ? await this.#store.erase(session, about) : first;
    return second.outcome === 'ok' ? [...written, ...about].sort((one, other) => one - other) : undefined;
  }

  #finish(participant: ParticipantId, seqs: readonly Seq[]): void {
    const { internal } = changeTree(this.#log.tree, (_meta, draft) => {
      const pending = draft.erasures ?? {};
      delete pending[participant];
      if (Object.keys(pending).length === 0) delete draft.erasures;
    });
    const input = { participant, seqs: rangesOf(seqs) };
    const at = this.#log.now();
    this.#host.append({ who: 'system', kind: 'command', command: '@erased', at, input, effect: NO_EFFECT, internal });
  }
}

/** The events that a person caused, and those of the session itself that name the person. */
async function eventsOf(
  store: Pick<Store, 'read'>,
  session: SessionId,
  who: ParticipantId,
  upTo: Seq,
): Promise<{ written: Seq[]; about: Seq[] }> {
  const written: Seq[] = [];
  const about: Seq[] = [];
  const name = JSON.stringify(who);
  for (let after = 0; after < upTo;) {
    const { events, prunedTo, damage } = await store.read(session, after, Math.min(upTo, after + WINDOW));
    if (damage !== undefined) throw new Error(`seq ${damage.seq}: ${damage.reason}`);
    for (const event of events) {
      if (whoOf(event) === who) written.push(event.seq);
      else if (isOfSession(event) && event.content?.includes(name) === true) about.push(event.seq);
    }
    after = prunedTo ?? events.at(-1)?.seq ?? upTo;
  }
  return { written, about };
}

function whoOf({ header }: StoredEvent): string {
  return decodeHeader(header).who;
}

function isOfSession({ header }: StoredEvent): boolean {
  const { command } = decodeHeader(header);
  return command.startsWith('@') && !KEPT.has(command);
}

/** `[1, 2, 3, 7]` is `[[1, 3], [7, 7]]`. */
function rangesOf(seqs: readonly Seq[]): [first: Seq, last: Seq][] {
  const ranges: [Seq, Seq][] = [];
  for (const seq of seqs) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === seq - 1) last[1] = seq;
    else ranges.push([seq, seq]);
  }
  return ranges;
}
