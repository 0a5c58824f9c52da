import type { SessionStatus } from '../definition/command-context.ts';

export const STATUSES = ['lobby', 'active', 'paused', 'abandoned', 'ended', 'archived'] as const satisfies readonly SessionStatus[];

/** What can happen to the life of a session. `warn` announces an end; `abandon` gives up for want of anyone who plays. */
export const LIFECYCLE_EVENTS = ['start', 'pause', 'resume', 'warn', 'abandon', 'reactivate', 'end', 'archive'] as const;
export type LifecycleEvent = (typeof LIFECYCLE_EVENTS)[number];

/**
 * Where an event leads from a status: to another one, to the one `before` the session was abandoned, nowhere (`stays`: it is
 * recorded and told all the same), or it is `illegal`.
 */
export type Cell = SessionStatus | 'before' | 'stays' | 'illegal';

/** The whole life of a session. A status or an event without its cells does not compile. */
export const LIFECYCLE: Readonly<Record<SessionStatus, Readonly<Record<LifecycleEvent, Cell>>>> = {
  lobby: {
    start: 'active',
    pause: 'illegal',
    resume: 'illegal',
    warn: 'stays',
    abandon: 'abandoned',
    reactivate: 'illegal',
    end: 'ended',
    archive: 'illegal',
  },
  active: {
    start: 'illegal',
    pause: 'paused',
    resume: 'illegal',
    warn: 'stays',
    abandon: 'abandoned',
    reactivate: 'illegal',
    end: 'ended',
    archive: 'illegal',
  },
  paused: {
    start: 'illegal',
    pause: 'illegal',
    resume: 'active',
    warn: 'stays',
    abandon: 'abandoned',
    reactivate: 'illegal',
    end: 'ended',
    archive: 'illegal',
  },
  abandoned: {
    start: 'illegal',
    pause: 'illegal',
    resume: 'illegal',
    warn: 'illegal',
    abandon: 'illegal',
    reactivate: 'before',
    end: 'ended',
    archive: 'illegal',
  },
  ended: {
    start: 'illegal',
    pause: 'illegal',
    resume: 'illegal',
    warn: 'illegal',
    abandon: 'illegal',
    reactivate: 'illegal',
    end: 'illegal',
    archive: 'archived',
  },
  archived: {
    start: 'illegal',
    pause: 'illegal',
    resume: 'illegal',
    warn: 'illegal',
    abandon: 'illegal',
    reactivate: 'illegal',
    end: 'illegal',
    archive: 'illegal',
  },
};

/** What a status lets in. `commands`: game commands; `newcomers`: who does not take part yet. */
export const ADMITS: Readonly<Record<SessionStatus, { readonly commands: boolean; readonly newcomers: boolean }>> = {
  lobby: { commands: false, newcomers: true },
  active: { commands: true, newcomers: true },
  paused: { commands: false, newcomers: true },
  abandoned: { commands: false, newcomers: true },
  ended: { commands: false, newcomers: false },
  archived: { commands: false, newcomers: false },
};

/** What can happen in a status, as people are told. */
export function legalEvents(status: SessionStatus): LifecycleEvent[] {
  return LIFECYCLE_EVENTS.filter((event) => LIFECYCLE[status][event] !== 'illegal');
}
