import { SessionDelivery, type Authentication, type SessionDeliveryOptions, type SessionHost } from '../connection/session-delivery.ts';
import type { ConnectionEvent } from '../connection/connection-events.ts';
import type { Connection } from '../connection/connection.ts';
import type { Peer } from '../connection/peer.ts';
import type { OwnFrames, SharedFrame, Wire } from '../connection/wire.ts';
import type { ClientFrame } from '../protocol/frames.ts';
import type { ConnectionId, ParticipantId, Seq, SessionId } from '../protocol/ids.ts';
import type { AttachRequest, ConnectionNotice, ConnectionRecord, Identity } from '../protocol/ports.ts';
import { SeededBytes } from './seeded-bytes.ts';
import { settle } from './settle-adapter.ts';
import { VirtualClock } from './virtual-clock.ts';

export const SESSION = 'S'.repeat(22) as SessionId;

/** What a peer got: one entry a write. */
export class FakeWire implements Wire {
  readonly remoteAddress = '127.0.0.1';
  readonly writes: string[][] = [];
  readonly shared: SharedFrame[] = [];
  closed: { code: string; last: string | undefined } | undefined;
  pings = 0;
  keepsUp = true;
  unsent = 0;
  drained: () => void = () => undefined;

  get isClosed(): boolean {
    return this.closed !== undefined;
  }

  sendShared(frame: SharedFrame): boolean {
    this.shared.push(frame);
    this.writes.push([frame.text]);
    return this.keepsUp;
  }

  send(own: OwnFrames, shared: SharedFrame | undefined): boolean {
    const packed = own.packed === undefined ? [] : [`packed ${own.packed.length}`];
    const text = shared === undefined ? [] : [shared.text];
    this.writes.push([...own.frames, ...packed, ...(own.after ?? []), ...text, ...(own.answers ?? [])]);
    return this.keepsUp;
  }

  close(code: string, last: string | undefined): void {
    this.closed = { code, last };
  }

  ping(): void {
    this.pings += 1;
  }

  whenDrained(fire: () => void): void {
    this.drained = fire;
  }
}

/** Lets in everyone but `bad`, and keeps what it is told. */
export class FakeHost implements SessionHost {
  readonly calls: unknown[][] = [];
  readonly attached: AttachRequest[] = [];
  failing = false;
  answer: (token: string) => Promise<Authentication> = (token) =>
    Promise.resolve(
      token === 'bad' ? { ok: false, message: 'no' } : { ok: true, identity: { id: token as ParticipantId, name: token, claims: {} } },
    );

  authenticate(token: string): Promise<Authentication> {
    return this.answer(token);
  }
  attach(session: SessionId, request: AttachRequest): void {
    this.attached.push(request);
    this.calls.push(['attach', session, request.identity.id, request.connection]);
  }
  receive(session: SessionId, connection: ConnectionId, frame: ClientFrame): void {
    if (this.failing) throw new Error('a bug');
    this.calls.push(['receive', session, connection, frame.t]);
  }
  refresh(session: SessionId, connection: ConnectionId, upTo: Seq): void {
    this.calls.push(['refresh', session, connection, upTo]);
  }
  notice(session: SessionId, notice: ConnectionNotice): void {
    this.calls.push(['notice', session, notice]);
  }
  renew(session: SessionId, connection: ConnectionId, identity: Identity): void {
    this.calls.push(['renew', session, connection, identity.id]);
  }
  detach(session: SessionId, connection: ConnectionId): void {
    this.calls.push(['detach', session, connection]);
  }
}

export type FakePeer = { readonly wire: FakeWire; readonly peer: Peer<Identity>; readonly connection: Connection };

export function hello(token: string, session: SessionId, more: object = {}): string {
  return JSON.stringify({ t: 'hello', version: 1, session, token, ...more });
}

/** Connections whose sessions and peers are played by the test. */
export function startDelivery(options: Partial<SessionDeliveryOptions> = {}) {
  const clock = new VirtualClock();
  const host = new FakeHost();
  const delivery = new SessionDelivery({ clock, random: new SeededBytes(1), host, ...options });
  const { connections } = delivery;
  connections.start();
  const events: ConnectionEvent[] = [];
  connections.observe((event) => void events.push(event));
  const deliver = (records: readonly ConnectionRecord[], frames: readonly [number, string][] = [], upTo = 1, session = SESSION) =>
    delivery.deliver({ session, upTo, records, frames: frames.map(([view, frame]) => ({ view, frame })) });
  const open = (): FakePeer => {
    const wire = new FakeWire();
    const peer = connections.open('fake', wire);
    return { wire, peer, connection: peer.connection };
  };
  /** Says hello; the session has not answered yet. */
  const knock = async (name: string, session = SESSION, more: object = {}): Promise<FakePeer> => {
    const opened = open();
    connections.receive(opened.peer, hello(name, session, more));
    await settle();
    return opened;
  };
  /** Says hello and is let in, with a view or none. */
  const login = async (name: string, view: number | null = null, session = SESSION): Promise<FakePeer> => {
    const knocked = await knock(name, session);
    deliver([{ connection: knocked.connection.id, frames: [], view }], [], 1, session);
    return knocked;
  };
  /** Comes back as the connection of that id. */
  const comeBack = async (name: string, resumes: ConnectionId, view: number | null = null): Promise<FakePeer> => {
    const knocked = await knock(name, SESSION, { connection: resumes, reconnect: 'x'.repeat(43) });
    deliver([{ connection: knocked.connection.id, frames: ['welcome back'], resumes, view }]);
    return { ...knocked, connection: knocked.peer.connection as Connection };
  };
  const kinds = () => events.map(({ kind }) => kind);
  return { clock, host, delivery, connections, events, kinds, deliver, open, knock, login, comeBack };
}
