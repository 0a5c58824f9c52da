import { Findings, type Check } from './findings.ts';
import type { SessionFacts } from './read-run.ts';

/** Promise 4: only who claimed the session last writes to it, under the epoch of that claim and a tag of its own. */
export const oneOwner: Check = (reading) => {
  const findings = new Findings(reading, 4, ['claims', 'events', 'owners in turn']);
  const cuts =
    reading.run.durability === 'full'
      ? []
      : reading
          .entries('fault')
          .filter(({ entry }) => entry.fault === 'power cut')
          .map(({ index }) => index);
  for (const facts of reading.sessions.values()) {
    checkClaims(findings, facts, cuts);
    checkWriters(findings, facts);
  }
  return findings.checked;
};

/** Where claims are not synced, a power cut takes the newest with it. */
function checkClaims(findings: Findings, { session, claims }: SessionFacts, cuts: readonly number[]): void {
  let before: SessionFacts['claims'][number] | undefined;
  for (const claim of claims) {
    findings.looked('claims');
    const { index, epoch, server } = claim;
    const last = before;
    const isExcused = last !== undefined && cuts.some((cut) => cut > last.index && cut < index);
    findings.must(
      last === undefined || isExcused || epoch > last.epoch,
      index,
      () => `${server} claimed ${session} as epoch ${epoch} after epoch ${last?.epoch}`,
    );
    before = claim;
  }
}

function checkWriters(findings: Findings, { session, claims, written, removed }: SessionFacts): void {
  const tags = new Map<number, string>();
  const starts = [...claims];
  let owner: (typeof claims)[number] | undefined;
  for (const { index, seq, server, epoch, header } of written) {
    while (starts[0] !== undefined && starts[0].index < index) {
      owner = starts.shift();
      // A claim that a power cut took with it may have had the same number.
      if (owner !== undefined) tags.delete(owner.epoch);
    }
    findings.looked('events');
    const said = `${server} wrote event ${seq} of ${session} as epoch ${epoch}`;
    if (seq === 1 && removed.every((gone) => gone.index > index)) owner ??= { index, server, epoch };
    findings.must(owner?.epoch === epoch, index, () => `${said}, and epoch ${owner?.epoch} owns it`);
    findings.must(owner?.server === server, index, () => `${said}, which ${owner?.server} had claimed`);
    findings.must(header.epoch === epoch, index, () => `${said}, and the event says epoch ${header.epoch}`);
    const tag = tags.get(epoch);
    findings.must(tag === undefined || tag === header.tag, index, () => `${said} with another tag than before`);
    if (tag === undefined) {
      findings.must(![...tags.values()].includes(header.tag), index, () => `${said} with the tag of another owner`);
      findings.looked('owners in turn');
    }
    tags.set(epoch, header.tag);
  }
}
