import type { Session } from '../../src/client/index.ts';
import type { JsonObject, JsonValue } from '../../src/protocol/json.ts';

/** What a client showed in the end. */
export type View = {
  readonly seq: number;
  readonly role: string;
  readonly status: string;
  readonly state: JsonObject;
  readonly participants: readonly string[];
  /** Name, payload and seq of each message, in order. */
  readonly messages: readonly JsonValue[];
  /** By command, its result or the code of its refusal. */
  readonly answers: readonly JsonValue[];
};

/** A conversation as it was seen at the client, line by line. */
export type Line =
  | readonly ['joins', session: string]
  /** A connection, or a stream, is open. */
  | readonly ['opens']
  | readonly ['cut']
  /** What came down: a frame, or a part of a stream; `packed`: bytes, as base64. */
  | readonly ['came', text: string]
  | readonly ['packed', base64: string]
  /** What went up. */
  | readonly ['went', text: string]
  /** What the person did. */
  | readonly ['does', name: string, args: JsonObject]
  | readonly ['shows', View];

/** Does what a person does in a session, and remembers what came of it. */
export class Player {
  readonly #session: Session;
  readonly #messages: JsonValue[] = [];
  readonly #answers: JsonValue[] = [];

  constructor(session: Session) {
    this.#session = session;
    session.on('said', (payload, { seq }) => void this.#messages.push(['said', payload, seq]));
    session.on('whispered', (payload, { seq }) => void this.#messages.push(['whispered', payload, seq]));
  }

  async do(name: string, args: JsonObject): Promise<void> {
    const index = this.#answers.push(null) - 1;
    const command = this.#session.commands[name];
    try {
      this.#answers[index] = [name, (await command?.(args)) ?? null];
    } catch (error) {
      this.#answers[index] = [name, String(Object(error).code)];
    }
  }

  get view(): View {
    const { seq, self, meta, state, participants } = this.#session;
    return {
      seq,
      role: self.role,
      status: meta.status,
      state,
      participants: participants.map(({ id, role }) => `${id} ${role}`),
      messages: this.#messages,
      answers: this.#answers,
    };
  }
}

export function readTranscript(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

export function writeTranscript(lines: readonly Line[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
