import { encodeFrame } from '../protocol/codec.ts';
import type { Durability } from '../protocol/frames.ts';
import type { ConnectionId, InstanceId } from '../protocol/ids.ts';
import type { AttachRequest, Clock } from '../protocol/ports.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { HEARTBEAT_MS } from '../protocol/wire-limits.ts';
import type { Recipient } from './catching.ts';
import type { SessionLog } from './session-log.ts';

/** A login that was let in: under which id it goes on, and what it gets to come back with. */
export type Admitted = { readonly id: ConnectionId; readonly resumed: boolean; readonly instance: InstanceId; readonly token: string };

/** What a welcome says of the server. */
export type ServerFacts = { readonly clock: Clock; readonly durability: Durability; readonly heartbeatMs: number };

/** For a client that holds its welcome of before; one that names an event of the present owner holds that owner's. */
export function resumedText({ tag }: SessionLog, { heartbeatMs }: ServerFacts, request: AttachRequest, reconnect: string): string {
  const { expiresAt } = request.identity;
  return encodeFrame({
    t: 'resumed',
    reconnect,
    ...(request.position?.tag === tag ? {} : { tag }),
    ...(heartbeatMs === HEARTBEAT_MS ? {} : { heartbeatMs }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
}

/** For everyone else. `settled`: the highest command number of the instance that is. */
export function welcomeText(
  { definition, session, tag }: SessionLog,
  { clock, durability, heartbeatMs }: ServerFacts,
  { identity: { expiresAt } }: AttachRequest,
  { id, resumed, token, instance }: Admitted,
  { settled, participant }: { readonly settled: number; readonly participant: Recipient },
): string {
  return encodeFrame({
    t: 'welcome',
    version: PROTOCOL_VERSION,
    connection: id,
    instance,
    participant,
    session: { id: session, type: definition.name, version: definition.version },
    settled,
    reconnect: token,
    resumed,
    windowMs: definition.policies.reconnectWindowMs,
    tag,
    durability,
    heartbeatMs,
    now: clock.now(),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
}
