import type { ParticipantId } from '../protocol/ids.ts';

type Whom = { readonly participant: ParticipantId };

/**
 * What can be done to a session besides playing it: the commands that every session has, sent like any other over the
 * connection. Each promise resolves once the act is durable and seen here; it rejects with a `HoldfastError`, `forbidden`
 * for who does not hold the right. Who holds which is the definition's `policies.rights`; by default the owner and the GMs
 * hold all of them, and `transfer` the owner alone.
 */
export interface Manage {
  /** The lobby is over. */
  start(): Promise<void>;
  /** No game commands until `resume`. `reason`, shown to everyone, has at most 300 characters. */
  pause(args?: { readonly reason?: string | undefined }): Promise<void>;
  resume(): Promise<void>;
  /** Ends the session for everyone, for good. */
  end(args?: { readonly reason?: string | undefined }): Promise<void>;
  /** Another name for the session: at most 80 characters. */
  rename(args: { readonly name: string }): Promise<void>;
  /**
   * How oneself appears: `name` of at most 64 characters, `color` as in `#1a2b3c`, `avatar` an https address; null takes a
   * colour or avatar away, what is not given stays.
   */
  profile(args: {
    readonly name?: string | undefined;
    readonly color?: string | null | undefined;
    readonly avatar?: string | null | undefined;
  }): Promise<void>;
  /** Another role for a participant. They see at once what that role sees. */
  role(args: Whom & { readonly role: string }): Promise<void>;
  /** Makes a participant the GM; a GM who does it becomes a player. */
  handOver(args: Whom): Promise<void>;
  /** Makes a participant the owner. */
  transfer(args: Whom): Promise<void>;
  /** Out, at once: they may come back as anyone may. `reason`, for those who run the session, has at most 300 characters. */
  kick(args: Whom & { readonly reason?: string | undefined }): Promise<void>;
  /** Out, and kept out until a time (milliseconds since 1970) or for good; also for someone who does not take part. */
  ban(args: Whom & { readonly reason?: string | undefined; readonly until?: number | undefined }): Promise<void>;
  unban(args: Whom): Promise<void>;
  /** Keeps everyone new out, or opens the session again. */
  lock(args: { readonly locked: boolean }): Promise<void>;
  /** Ends an invitation, by its id. `client.invites` makes them. */
  revokeInvite(args: { readonly invite: string }): Promise<void>;
}

/** The built-in command behind an act: `handOver` is `@hand-over`. */
export function builtInNameOf(act: string): string {
  return `@${act.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
