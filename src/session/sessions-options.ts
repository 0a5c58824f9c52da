import type { SessionDefinition } from '../definition/session-definition.ts';
import type { Durability } from '../protocol/frames.ts';
import type { InstanceId, Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Clock, DeliveryPort, Random } from '../protocol/ports.ts';
import type { Archives } from '../store/archives.ts';
import type { Quarantine } from '../store/store-recovery.ts';
import type { LogDamage, Store } from '../store/store.ts';
import type { Announce } from './announcement.ts';
import type { BudgetReport, SessionHealth } from './budget-report.ts';
import type { Pack } from './catch-up.ts';
import type { CommitRhythm } from './committer.ts';
import type { MakeSnapshot } from './make-snapshot.ts';
import type { Authorize } from './membership.ts';
import type { Refusal } from './outcome.ts';
import type { Quotas } from './quotas.ts';
import type { WakeReport } from './recovery.ts';
import type { RecoveryCounts } from './recovery-tally.ts';
import type { SessionEvent } from './session-event.ts';
import type { Asker, CodeWatch } from './session-surroundings.ts';

export type SessionsOptions = {
  readonly store: Store;
  readonly definitions: readonly SessionDefinition[];
  readonly clock: Clock;
  readonly random: Random;
  /** Where everything for connections goes. */
  readonly output: DeliveryPort;
  /** What the store promises, as it said when it was opened. */
  readonly durability: Durability;
  readonly observe?: ((event: SessionEvent) => void) | undefined;
  /** The host's own rules of who may create and join what. */
  readonly authorize?: Authorize | undefined;
  /** How many of each one person may have. Default `QUOTAS`. */
  readonly quotas?: Partial<Quotas> | undefined;
  /** Sessions of any type may be created open to everyone. Default: where the definition says so. */
  readonly openAccess?: boolean | undefined;
  /** Clients send something at least this often. Default 15,000 ms. */
  readonly heartbeatMs?: number | undefined;
  readonly rhythm?: Partial<CommitRhythm> | undefined;
  /** Why nothing new of this type is begun now, for the server's budget: no session created, nobody let in who was not there. */
  readonly mayBegin?: ((type: string | undefined) => Refusal | undefined) | undefined;
  /** What each session uses is counted and held to its budget. Default true. */
  readonly budgets?: boolean | undefined;
  /** Learns which session's code is running. */
  readonly watch?: CodeWatch | undefined;
  /** What is to be delivered to the outside of turns in the lives of sessions. */
  readonly announce?: Announce | undefined;
  /** Makes large snapshots away from this thread; without it all are made here. */
  readonly makeSnapshot?: MakeSnapshot | undefined;
  /** Compresses snapshots for joiners; without it they travel as text. */
  readonly pack?: Pack | undefined;
  /** A session nobody uses leaves memory after this time. Default 60,000 ms. */
  readonly sleepAfterMs?: number | undefined;
  /** How often sessions are cleaned up. Without it only when `sweeper.sweep` is called. */
  readonly sweepEveryMs?: number | undefined;
  /** Where ended sessions are put away; without it they stay as they are. */
  readonly archives?: Archives | undefined;
};

/** A command that comes without a connection. */
export type RunRequest = {
  readonly as: Asker;
  readonly command: string;
  readonly args: JsonValue;
  /** The seq that the decision was based on. */
  readonly basis?: Seq | undefined;
  /** Only together with `number`: the command is one of that instance's. */
  readonly instance?: InstanceId | undefined;
  readonly number?: number | undefined;
  /** Lowest number still unanswered. Default: `number` itself. */
  readonly low?: number | undefined;
};

export type SessionStatusReport = {
  readonly awake: boolean;
  readonly connections: number;
  readonly health: SessionHealth;
  /** What it uses, and what it may, where it is awake and the server keeps budgets. */
  readonly budget?: BudgetReport | undefined;
  /** The first event that cannot be trusted, and why the session is not served. */
  readonly damage?: LogDamage | undefined;
  readonly quarantine?: Quarantine | undefined;
  /** How it came into memory, where it did not begin there. */
  readonly recovery?: WakeReport | undefined;
};

export type SessionCounts = RecoveryCounts & {
  readonly awake: number;
  readonly connections: number;
  readonly commands: number;
  readonly rejected: number;
  readonly events: number;
  readonly commits: number;
  readonly quarantined: number;
};
