import type { PresenceConnection, PresenceEntry, PresenceFrame } from '../protocol/presence.ts';

/** What one recipient makes of the frames that reach it. */
export class PresenceReader {
  people: Record<string, PresenceEntry> = {};
  details: Record<string, PresenceConnection[]> = {};
  audience = 0;
  readonly frames: PresenceFrame[] = [];

  read(text: string): void {
    this.take(parse(text));
  }

  take(frame: PresenceFrame): void {
    this.frames.push(frame);
    if (frame.full === true) [this.people, this.details] = [{}, {}];
    for (const [id, entry] of Object.entries(frame.people)) {
      if (entry !== null) this.people[id] = entry;
      else {
        delete this.people[id];
        delete this.details[id];
      }
    }
    Object.assign(this.details, frame.details);
    this.audience = frame.audience ?? this.audience;
  }

  /** Everyone’s status by id. */
  get statuses(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.people).map(([id, { status }]) => [id, status]));
  }
}

let last: { readonly text: string; readonly frame: PresenceFrame } | undefined;

/** Many get the same. */
function parse(text: string): PresenceFrame {
  if (last?.text !== text) last = { text, frame: JSON.parse(text) as PresenceFrame };
  return last.frame;
}
