import type { Right } from '../definition/rights.ts';
import type { Durability } from '../protocol/frames.ts';
import type { ParticipantId, Seq, SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Clock, DeliveryPort, Identity, Random } from '../protocol/ports.ts';
import type { AppendResult, Store } from '../store/store.ts';
import type { ServerBudgets } from './budget-report.ts';
import type { Announce } from './announcement.ts';
import type { Pack } from './catch-up.ts';
import type { Committer } from './committer.ts';
import type { Invite } from './invites.ts';
import type { LargeSnapshots } from './large-snapshots.ts';
import type { ParticipantEntry } from './people.ts';
import type { Quotas } from './quotas.ts';
import type { SessionEvent } from './session-event.ts';
import type { Session } from './session.ts';
import type { SeenEvent } from './view.ts';

/** What every session of one server shares. */
export type SessionSurroundings = {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly output: DeliveryPort;
  readonly committer: Committer;
  readonly durability: Durability;
  readonly quotas: Quotas;
  readonly heartbeatMs: number;
  readonly pack: Pack | undefined;
  /** Where snapshots are made that are too large to be made between two commands. */
  readonly largeSnapshots?: LargeSnapshots | undefined;
  /** What all sessions have used; undefined where no budgets are kept. */
  readonly budgets: ServerBudgets | undefined;
  /** A session is over a budget for which it has to go; `reason` says which. */
  readonly overBudget: (session: Session, reason: string) => void;
  readonly observe: (event: SessionEvent) => void;
  /** True while the store has no room: game commands are refused, everything else goes on. */
  readonly isFull: () => boolean;
  /** When this process began to take requests, in wall-clock milliseconds. */
  readonly startedAt: () => number;
  /** An append of this session was not accepted: its memory must not be used again. */
  readonly dropped: (session: Session, result: Exclude<AppendResult, { outcome: 'ok' }>) => void;
  /** A session's own code failed, outside of any handler: its memory must not be used again. */
  readonly crashed: (session: Session, what: string, error: unknown) => void;
  /** Learns which session's code is running, so that one that never returns is known from outside. */
  readonly watch?: CodeWatch | undefined;
  /** What is to be delivered to the outside. */
  readonly announce?: Announce | undefined;
  /** The catalogue's row of this session changed, durably. */
  readonly rowChanged: (session: Session, rev: number) => void;
  /** Counts for operators. */
  readonly count: (what: 'commands' | 'rejected' | 'events') => void;
};

/** Told when a session's code begins and ends to run; calls nest. */
export type CodeWatch = { readonly enter: (session: SessionId, what: string) => void; readonly leave: () => void };

/** How a request names who is asking: the host itself, one of its operators, or a verified identity. */
export type Asker = 'system' | { readonly operator: string } | Identity;

/** What someone is to a session (role null: takes no part), and what they may do besides playing. */
export type Standing = { readonly role: string | null; readonly isOwner: boolean; readonly rights: readonly Right[] };

/** Someone who takes part, as those who run the session see them. */
export type Person = ParticipantEntry & { readonly id: ParticipantId };

/** An invite, and its name. */
export type ListedInvite = Invite & { readonly id: string };

/** What another session can begin with. */
export type Origin = { readonly session: SessionId; readonly seq: Seq; readonly state: JsonObject };

/** A durable event as the host's code sees it. */
export type ObservedEvent = SeenEvent & { readonly command: string; readonly who: string };
