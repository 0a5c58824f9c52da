import type { BudgetName } from '../definition/budget.ts';
import type { BudgetLevel } from './budget-gauge.ts';
import type { CleanupStep } from './cleanup.ts';
import type { WakePhases } from './recovery.ts';
import type { Stretch } from './recovery-report.ts';
import type { QuarantineKind } from '../store/store-recovery.ts';
import type { ConnectionId, Epoch, ParticipantId, Seq, SessionId } from '../protocol/ids.ts';

/** What the session folder reports to its host: for logs, metrics and operators. Never carries content. */
export type SessionEvent =
  | { readonly kind: 'created'; readonly session: SessionId; readonly type: string; readonly who: string }
  | {
      readonly kind: 'woke';
      readonly session: SessionId;
      readonly epoch: Epoch;
      readonly seq: Seq;
      readonly fromSnapshot: Seq;
      readonly tookMs: number;
      readonly passedOver: readonly Seq[];
      readonly phases: WakePhases;
    }
  | { readonly kind: 'migrated'; readonly session: SessionId; readonly from: number; readonly to: number; readonly seq: Seq }
  /** A large snapshot was made apart, and stored. */
  | { readonly kind: 'snapshot-made'; readonly session: SessionId; readonly seq: Seq; readonly bytes: number; readonly tookMs: number }
  | { readonly kind: 'snapshot-failed'; readonly session: SessionId; readonly seq: Seq; readonly reason: string }
  | { readonly kind: 'slept'; readonly session: SessionId; readonly seq: Seq }
  | {
      readonly kind: 'attached';
      readonly session: SessionId;
      readonly connection: ConnectionId;
      readonly participant: ParticipantId;
      readonly with: 'snapshot' | 'tail';
    }
  | { readonly kind: 'detached'; readonly session: SessionId; readonly connection: ConnectionId; readonly participant: ParticipantId }
  | { readonly kind: 'joined'; readonly session: SessionId; readonly participant: ParticipantId; readonly role: string; readonly seq: Seq }
  | {
      readonly kind: 'left';
      readonly session: SessionId;
      readonly participant: ParticipantId;
      readonly reason: string;
      readonly who: string;
      readonly seq: Seq;
    }
  | { readonly kind: 'lost'; readonly session: SessionId; readonly participant: ParticipantId; readonly reason: string; readonly seq: Seq }
  | { readonly kind: 'role-changed'; readonly session: SessionId; readonly participant: ParticipantId; readonly seq: Seq }
  | { readonly kind: 'authorize-failed'; readonly action: string; readonly session: SessionId | undefined; readonly error: unknown }
  | { readonly kind: 'returned'; readonly session: SessionId; readonly participant: ParticipantId; readonly seq: Seq }
  | { readonly kind: 'token-reused'; readonly session: SessionId; readonly connection: ConnectionId; readonly participant: ParticipantId }
  | {
      readonly kind: 'view-diverged';
      readonly session: SessionId;
      readonly connection: ConnectionId;
      readonly participant: ParticipantId;
      readonly seq: Seq;
    }
  | {
      readonly kind: 'transition';
      readonly session: SessionId;
      readonly event: string;
      readonly from: string;
      readonly to: string;
      readonly who: string;
      readonly seq: Seq;
    }
  /** Something does not fit the status after a transition, or was left undone by an end: a bug of this program. */
  | { readonly kind: 'inconsistent'; readonly session: SessionId; readonly faults: readonly string[]; readonly seq: Seq }
  | { readonly kind: 'ended'; readonly session: SessionId; readonly who: string; readonly seq: Seq }
  | {
      readonly kind: 'handler-failed';
      readonly session: SessionId;
      readonly command: string;
      readonly participant: string;
      readonly error: unknown;
    }
  | {
      readonly kind: 'append-failed';
      readonly session: SessionId;
      readonly seq: Seq;
      readonly outcome: 'fenced' | 'refused' | 'failed';
      readonly reason: string;
    }
  | { readonly kind: 'disk-full'; readonly full: boolean }
  | {
      readonly kind: 'quarantined';
      readonly session: SessionId;
      readonly cause: QuarantineKind;
      /** The first that cannot be trusted. */
      readonly seq: Seq;
      readonly reason: string;
      /** What a recovery would set aside, and how it is asked for. */
      readonly setAside: Stretch | undefined;
      readonly command: string | undefined;
      readonly message: string | undefined;
    }
  | {
      readonly kind: 'recovered';
      readonly session: SessionId;
      readonly to: Seq;
      readonly head: Seq;
      readonly who: string;
      readonly seq: Seq;
    }
  /** Its own code failed, outside of any handler: its memory was dropped. */
  | { readonly kind: 'crashed'; readonly session: SessionId; readonly what: string; readonly seq: Seq; readonly error: unknown }
  /** Cleanup did something, on its own account. */
  | {
      readonly kind: 'swept';
      readonly looked: number;
      readonly steps: Readonly<Record<CleanupStep, number>>;
      readonly failed: number;
      readonly tookMs: number;
    }
  | { readonly kind: 'sweep-failed'; readonly reason: string }
  | { readonly kind: 'archived'; readonly session: SessionId; readonly name: string; readonly bytes: number; readonly seq: Seq }
  | { readonly kind: 'deleted'; readonly session: SessionId; readonly seq: Seq }
  /** A session rose above a limit of its budget, or fell below it again (level `ok`, or `soft` after `hard`). */
  | {
      readonly kind: 'budget';
      readonly session: SessionId;
      readonly budget: BudgetName;
      readonly level: BudgetLevel;
      readonly value: number;
      readonly limit: number;
      readonly reason: string;
    }
  | { readonly kind: 'wake-failed'; readonly session: SessionId; readonly reason: string }
  | {
      readonly kind: 'log-regression';
      readonly session: SessionId;
      readonly participant: ParticipantId;
      readonly clientSeq: Seq;
      readonly seq: Seq;
    };
