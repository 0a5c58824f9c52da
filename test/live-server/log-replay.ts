import type { JsonObject } from '../../src/protocol/json.ts';
import { decodeContent, decodeHeader } from '../../src/protocol/event-text.ts';
import { applyOps } from '../../src/state/apply.ts';
import { parseOps } from '../../src/state/parse-ops.ts';
import type { LogRead } from '../../src/store/store.ts';

/** What a log alone says: its ops applied one by one from nothing, without any of the server's memory. */
export class LogReplay {
  seq = 0;
  /** The last seq of which anyone sees anything: what comes after it reaches a client with the next frame. */
  shown = 0;
  state: JsonObject = {};
  meta: JsonObject = {};
  /** Commands by name, in order: who sent it, as which instance and number. */
  readonly commands: {
    readonly seq: number;
    readonly command: string;
    readonly who: string;
    readonly number: number | null;
    readonly key: string;
  }[] = [];

  /** Continues with what was read; throws on damage, gaps and anything out of order. */
  follow(read: LogRead): void {
    if (read.damage !== undefined) throw new Error(`the log is damaged at seq ${read.damage.seq}: ${read.damage.reason}`);
    for (const event of read.events) {
      const header = decodeHeader(event.header);
      if (event.seq !== this.seq + 1 || header.seq !== event.seq) throw new Error(`seq ${event.seq} after seq ${this.seq}`);
      const content = decodeContent(event.content ?? '');
      this.state = applyOps(this.state, parseOps(content.ops ?? []));
      this.meta = applyOps(this.meta, parseOps(content.meta ?? []));
      this.commands.push({
        seq: event.seq,
        command: header.command,
        who: header.who,
        number: header.number,
        key: `${header.instance}/${header.number}`,
      });
      this.seq = event.seq;
      if (content.ops !== undefined || content.meta !== undefined || content.messages !== undefined) this.shown = event.seq;
    }
  }
}
