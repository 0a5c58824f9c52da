import type { ConnectionId, Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Catching } from './catching.ts';
import type { OutputGate } from './output-gate.ts';
import type { Refusal } from './outcome.ts';
import type { WindowEntry } from './tree.ts';

type Repeating = { readonly gate: OutputGate; readonly catching: Catching; readonly durable: Seq };

/** What becomes of it: the frame that tells the first result, and what is done where the log does not give it. */
type Telling = { readonly ack: (result: JsonValue | undefined) => string; readonly failed: (refusal: Refusal) => void };

/** The first result again, in the place that it has now; one that was too large to remember is read from the log. */
export function repeatAnswer(
  { gate, catching, durable }: Repeating,
  connection: ConnectionId,
  [, , seq, result, isLarge]: WindowEntry,
  { ack, failed }: Telling,
): void {
  if (isLarge !== true) return gate.answer(Math.max(seq, durable), connection, ack(result));
  const read = (): void =>
    catching.resultAt(seq, (found) => {
      answer(found.ok ? ack(found.result) : undefined);
      if (!found.ok) failed(found);
    });
  gate.call(seq, (dropped) => (dropped === undefined ? read() : undefined));
  const answer = gate.answerLater(connection);
}
