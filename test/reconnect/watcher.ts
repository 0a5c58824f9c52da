import assert from 'node:assert/strict';
import type { MissedMessages, ParticipantChange, Session } from 'holdfast/client';
import type { LogReplay } from '../live-server/log-replay.ts';
import type { SnapshotFrame } from '../../src/protocol/frames.ts';
import type { board } from './board.ts';
import type { Ear } from './ear.ts';
import type { Line } from './line.ts';

/** The session as one client was shown it, from its joining on. */
export class Watcher {
  readonly name: string;
  readonly session: Session<typeof board>;
  readonly line: Line;
  readonly ear: Ear;
  /** Messages in the order in which they came. */
  readonly heard: { readonly seq: number; readonly id: string }[] = [];
  readonly missed: MissedMessages[] = [];
  readonly attendance: string[] = [];
  /** What its own log said: nothing, as long as all is well. */
  readonly complaints: string[];
  /** Each seq that it stood at, and how many entries it showed then. */
  readonly #shown: { readonly seq: number; readonly entries: number }[] = [];
  readonly #joinedAt: number;

  constructor(name: string, session: Session<typeof board>, { line, ear, complaints }: Pick<Watcher, 'line' | 'ear' | 'complaints'>) {
    this.name = name;
    this.session = session;
    this.line = line;
    this.ear = ear;
    this.complaints = complaints;
    this.#joinedAt = session.seq;
    session.on('said', ({ id }, { seq }) => this.heard.push({ seq, id }));
    session.on('missed', (missed) => this.missed.push(missed));
    session.on('participant', ({ kind, participant }: ParticipantChange) => this.attendance.push(`${kind} ${participant.name}`));
    session.subscribe(() => this.#look());
    this.#look();
  }

  /** The reasons of all snapshots that came. */
  get snapshots(): string[] {
    const frames = this.ear.received.filter((text) => text.startsWith('{"t":"snapshot"'));
    return frames.map((text) => (JSON.parse(text) as { reason: string }).reason);
  }

  /** The id of the path table that its last snapshot came with. */
  get pathTable(): number {
    const last = this.ear.received.findLast((text) => text.startsWith('{"t":"snapshot"'));
    const { paths } = JSON.parse(last ?? assert.fail('no snapshot')) as SnapshotFrame;
    return paths[0] ?? assert.fail('no table');
  }

  /** The frames that its present connection began with. */
  get tails(): number {
    return this.ear.received.filter((text) => text.startsWith('{"t":"tail"')).length;
  }

  /** Whatever was shown was the log up to some seq, never going back; each message came once, in order, or was declared missed. */
  checkAgainst(log: LogReplay): void {
    const said = log.commands.filter(({ command }) => command === 'say').map(({ seq }) => seq);
    let before = 0;
    for (const { seq, entries } of this.#shown) {
      assert.ok(seq >= before, `${this.name} went back from ${before} to ${seq}`);
      assert.equal(entries, said.filter((each) => each <= seq).length, `${this.name} shows the whole log up to ${seq}`);
      before = seq;
    }
    this.#checkMessages(said);
  }

  #checkMessages(said: readonly number[]): void {
    const isMissed = (seq: number): boolean => this.missed.some(({ from, to }) => from <= seq && seq <= to);
    const expected = said.filter((seq) => seq > this.#joinedAt && !isMissed(seq));
    const heard = this.heard.map(({ seq }) => seq);
    assert.deepEqual(
      heard,
      expected,
      `${this.name} heard every message once; missed ${JSON.stringify(this.missed)}, snapshots ${this.snapshots.join()}`,
    );
  }

  #look(): void {
    const { seq, state } = this.session;
    const last = this.#shown.at(-1);
    const entries = state.entries.length;
    if (last?.seq !== seq || last.entries !== entries) this.#shown.push({ seq, entries });
  }
}
