import { createHash } from 'node:crypto';
import type { Moment } from './conversation.ts';
import { Findings, whose, type Check } from './findings.ts';
import type { RunReading } from './read-run.ts';

const TOKEN_HASH = /"token":"([\w-]{43})"/g;

/** Promise 2: whatever is given to the wire rests on what was written before that instant. */
export const durableBeforeVisible: Check = (reading) => {
  const findings = new Findings(reading, 2, ['frames', 'logins', 'people', 'views']);
  const tokens = tokensOf(reading);
  for (const moment of reading.moments()) {
    checkSeqs(findings, moment);
    checkLogin(findings, moment, tokens);
    checkPresence(findings, moment);
  }
  checkViews(reading, findings);
  return findings.checked;
};

function checkSeqs(findings: Findings, { frame, conversation, durable, index }: Moment): void {
  const seqs = seqsIn(frame);
  if (seqs === undefined) return;
  findings.looked('frames');
  findings.must(
    seqs <= durable,
    index,
    () => `${nameOf(frame)} for ${whose(conversation)} rests on event ${seqs} while the log ends at ${durable}`,
  );
}

/** The highest seq that a frame rests on. */
function seqsIn(frame: Moment['frame']): number | undefined {
  if (Array.isArray(frame)) return frame.reduce<number>((seq, item) => (typeof item === 'number' ? seq + item : seq), 0);
  if (frame.t === 'snapshot') return frame.position.seq;
  return frame.t === 'tail' || frame.t === 'ack' || frame.t === 'reject' || frame.t === 'check' ? frame.seq : undefined;
}

export function nameOf(frame: Moment['frame']): string {
  return Array.isArray(frame) ? 'a live frame' : `a frame '${frame.t}'`;
}

/** When the hash of each reconnect token was written. */
function tokensOf(reading: RunReading): Map<string, number> {
  const tokens = new Map<string, number>();
  for (const { written } of reading.sessions.values())
    for (const { contentText, index } of written)
      for (const [, hash = ''] of (contentText ?? '').matchAll(TOKEN_HASH)) if (!tokens.has(hash)) tokens.set(hash, index);
  return tokens;
}

function checkLogin(findings: Findings, { frame, conversation, index }: Moment, tokens: ReadonlyMap<string, number>): void {
  if (Array.isArray(frame) || (frame.t !== 'welcome' && frame.t !== 'resumed')) return;
  findings.looked('logins');
  const writtenAt = tokens.get(createHash('sha256').update(frame.reconnect).digest('base64url'));
  findings.must(
    writtenAt !== undefined && writtenAt < index,
    index,
    () => `${whose(conversation)} was let in before the event that lets them in was in the log`,
  );
}

function checkPresence(findings: Findings, { frame, conversation, line, durable, index }: Moment): void {
  if (Array.isArray(frame) || frame.t !== 'presence') return;
  for (const [id, entry] of Object.entries(frame.people)) {
    if (entry === null) continue;
    findings.looked('people');
    findings.must(
      // Whoever goes is shown until the server knows that their going is written: that nobody stays is another promise.
      line.lastTurn(id, durable) > 0,
      index,
      () => `${whose(conversation)} was told that '${id}' is ${entry.status}, who never took part as far as the log says`,
    );
  }
}

/** No client ever stands beyond what was written. */
function checkViews(reading: RunReading, findings: Findings): void {
  const heads = new Map<string, number>();
  for (const [index, entry] of reading.run.history.entries()) {
    if (entry.kind === 'written') heads.set(entry.session, Math.max(heads.get(entry.session) ?? 0, entry.seq));
    if (entry.kind !== 'changed') continue;
    findings.looked('views');
    const head = heads.get(entry.session) ?? 0;
    findings.must(entry.seq <= head, index, () => `${entry.client} stands at ${entry.seq} while the log ends at ${head}`);
  }
}
