import { holdsRight } from '../access/rights.ts';
import type { Actor } from '../definition/command-context.ts';
import { RIGHTS } from '../definition/rights.ts';
import type { ParticipantId, Position } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { cloneJson } from '../state/copy-json.ts';
import { projectView } from '../state/sight.ts';
import { inviteFor, invitesIn, type UsableInvite } from './invites.ts';
import type { OutputGate } from './output-gate.ts';
import { refuse, type Outcome } from './outcome.ts';
import { own } from './own.ts';
import { everyone, participantOf } from './people.ts';
import { missedMessages, type MissedMessagesPage, type MissedRange } from './missed-messages.ts';
import type { SessionLog } from './session-log.ts';
import type { Store } from '../store/store.ts';
import type { ListedInvite, Origin, Person, Standing } from './session-surroundings.ts';
import type { Tree } from './tree.ts';
import { sightOf } from './view.ts';

/** What answering needs of the session around it. */
export type AnswersHost = {
  /** Someone asked: the session is in use. */
  readonly used: () => void;
  readonly actor: (asker: 'system' | ParticipantId) => Actor;
};

/** A session as someone may see it, at a durable position. */
export type Seen = { readonly position: Position; readonly meta: JsonObject; readonly state: JsonObject };

/** What can be asked of a session without changing anything. Every answer waits until all that it rests on is durable. */
export class Answers {
  readonly #log: SessionLog;
  readonly #gate: OutputGate;
  readonly #store: Pick<Store, 'read'>;
  readonly #host: AnswersHost;

  constructor(log: SessionLog, gate: OutputGate, store: Pick<Store, 'read'>, host: AnswersHost) {
    this.#log = log;
    this.#gate = gate;
    this.#store = store;
    this.#host = host;
  }

  /** What `as` may see now ('system': everything of meta and state), once all that it rests on is durable. */
  read(as: ParticipantId | 'system', settle: (outcome: Outcome<Seen>) => void): void {
    this.#host.used();
    const { tree } = this.#log;
    const id = as === 'system' ? as : selfId(tree, as);
    const participant = id === 'system' ? undefined : participantOf(tree, id);
    if (as !== 'system' && participant === undefined) return settle(refuse('not-found'));
    const view =
      participant === undefined
        ? { meta: tree.meta, state: tree.state }
        : projectView(tree, sightOf(this.#log.definition, { id: id as ParticipantId, role: participant.role }));
    const text = JSON.stringify({ meta: view.meta, state: view.state });
    const position = this.#log.position();
    this.#gate.call(this.#log.head, (dropped) =>
      settle(dropped ?? { ok: true, position, ...(JSON.parse(text) as { meta: JsonObject; state: JsonObject }) }),
    );
  }

  /** The messages that someone missed. */
  missed(as: ParticipantId, range: MissedRange, settle: (outcome: Outcome<MissedMessagesPage>) => void): void {
    this.#host.used();
    missedMessages({ log: this.#log, store: this.#store, gate: this.#gate }, as, range, settle);
  }

  /** What someone is and may do now, once all that it rests on is durable. */
  roleOf(who: ParticipantId, settle: (outcome: Outcome<Standing>) => void): void {
    this.#host.used();
    const { tree, head, definition } = this.#log;
    const id = selfId(tree, who);
    const role = participantOf(tree, id)?.role ?? null;
    const owner = tree.meta['owner'] as string;
    const rights = RIGHTS.filter((right) => holdsRight(right, { id, role: role ?? '' }, owner, definition.policies));
    const answer = { ok: true, role, isOwner: owner === id, rights } as const;
    this.#gate.call(head, (dropped) => settle(dropped ?? answer));
  }

  /** Everyone who takes part, for those who may remove someone. */
  people(as: ParticipantId | 'system', settle: (outcome: Outcome<{ people: readonly Person[] }>) => void): void {
    this.#host.used();
    const { tree, head, definition } = this.#log;
    const asker = this.#host.actor(as === 'system' ? as : selfId(tree, as));
    if (!holdsRight('kick', asker, tree.meta['owner'] as string, definition.policies))
      return settle(refuse(asker.role === '' ? 'not-found' : 'forbidden'));
    const people = everyone(tree).map(([id, entry]) => ({ id, ...cloneJson(entry) }));
    this.#gate.call(head, (dropped) => settle(dropped ?? { ok: true, people }));
  }

  /** The invite that a token of this hash opens now. */
  invite(hash: string, settle: (outcome: Outcome<{ invite: UsableInvite }>) => void): void {
    this.#host.used();
    const invite = inviteFor(this.#log.tree, hash, this.#log.now());
    this.#gate.call(this.#log.head, (dropped) =>
      settle(dropped ?? (invite === undefined ? refuse('invite-invalid') : { ok: true, invite })),
    );
  }

  /** Every invite, for those who may invite. */
  invites(as: ParticipantId | 'system', settle: (outcome: Outcome<{ invites: readonly ListedInvite[] }>) => void): void {
    this.#host.used();
    const { tree, head, definition } = this.#log;
    const asker = this.#host.actor(as === 'system' ? as : selfId(tree, as));
    if (!holdsRight('invite', asker, tree.meta['owner'] as string, definition.policies))
      return settle(refuse(asker.role === '' ? 'not-found' : 'forbidden'));
    const invites = Object.entries(invitesIn(tree.meta)).map(([id, invite]) => ({ id, ...cloneJson(invite) }));
    this.#gate.call(head, (dropped) => settle(dropped ?? { ok: true, invites }));
  }

  /** The state as another session of the type can begin with it, for those who may end this one. */
  origin(as: ParticipantId | 'system', type: string, settle: (outcome: Outcome<Origin>) => void): void {
    const { tree, head, definition } = this.#log;
    const asker = this.#host.actor(as === 'system' ? as : selfId(tree, as));
    if (!holdsRight('end', asker, tree.meta['owner'] as string, definition.policies)) return settle(refuse('not-found'));
    if (type !== definition.name) return settle(refuse('bad-request', `That session is of type '${definition.name}', not '${type}'.`));
    const state = cloneJson(tree.state);
    this.#gate.call(head, (dropped) => settle(dropped ?? { ok: true, session: this.#log.session, seq: head, state }));
  }
}

/** Who claimed what a guest was is that guest here. */
export function selfId({ internal }: Tree, id: ParticipantId): ParticipantId {
  return own(internal.claims, id) ?? id;
}
