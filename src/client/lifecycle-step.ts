import type { SessionStatus as Status } from '../definition/command-context.ts';
import type { ParticipantId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';

/** One step in the life of a session: it was started, paused, resumed, ended, or somebody means to end it. */
export type LifecycleStep = {
  /** As in `pause`. Later versions add some: ignore those you do not know. */
  readonly event: string;
  readonly from: Status;
  readonly to: Status;
  readonly by: ParticipantId | 'system';
  /** Null where nothing was said. */
  readonly reason: JsonValue;
  /** Wall-clock milliseconds of the server. */
  readonly at: number;
};
