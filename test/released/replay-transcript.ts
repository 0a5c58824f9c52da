import { createClient, type Session } from '../../src/client/index.ts';
import { HandNetwork } from '../../src/testing/hand-socket.ts';
import { HandStreams } from '../../src/testing/hand-stream.ts';
import { settle } from '../../src/testing/settle-adapter.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { Player, type Line, type View } from './transcript.ts';

/** So long may a client take to connect again, in virtual milliseconds. */
const PATIENCE_MS = 10_000;

/** What a client of today shows, and how it was: both of the end. */
export type Replayed = { readonly shows: View; readonly showed: View };

/** Plays a conversation that was kept: a client of today hears what was said then, and its person does the same. */
export class Replay {
  readonly #clock = new VirtualClock();
  readonly #network = new HandNetwork();
  readonly #streams = new HandStreams();
  readonly #isStream: boolean;
  readonly #warnings: string[] = [];
  #opened = 0;
  #joining: Promise<Session> | undefined;
  #player: Player | undefined;

  constructor(transport: 'websocket' | 'sse') {
    this.#isStream = transport === 'sse';
  }

  async run(lines: readonly Line[]): Promise<Replayed> {
    let showed: View | undefined;
    for (const line of lines) {
      if (line[0] === 'shows') showed = line[1];
      else await this.#take(line);
      await settle();
    }
    if (showed === undefined || this.#player === undefined) throw new Error('the transcript shows nothing');
    if (this.#warnings.length > 0) throw new Error(`the client complains: ${this.#warnings.join('; ')}`);
    return { shows: this.#player.view, showed };
  }

  async #take(line: Exclude<Line, readonly ['shows', View]>): Promise<void> {
    switch (line[0]) {
      case 'joins':
        return this.#join(line[1]);
      case 'opens':
        return this.#open();
      case 'came':
        if (this.#isStream) this.#streams.write(line[1]);
        else this.#network.last.say(line[1]);
        return;
      case 'packed':
        return this.#network.last.say(new Uint8Array(Buffer.from(line[1], 'base64')).buffer);
      case 'does':
        void (await this.#present()).do(line[1], line[2]);
        return;
      case 'cut':
        if (this.#isStream) this.#streams.end();
        else this.#network.last.drop();
        return;
      case 'went':
        return;
    }
  }

  #join(session: string): void {
    const warn = (message: string): void => void this.#warnings.push(message);
    const client = createClient({
      url: 'http://kept.test',
      token: 'a token of then',
      clock: this.#clock,
      webSocket: this.#network.open,
      fetch: this.#streams.fetch,
      transports: this.#isStream ? 'sse' : 'websocket',
      logger: { warn, error: warn },
    });
    this.#joining = client.join(session);
  }

  /** Until the client has opened the next connection by itself. */
  async #open(): Promise<void> {
    this.#opened += 1;
    for (let waited = 0; this.#connections < this.#opened; waited += 50) {
      if (waited > PATIENCE_MS) throw new Error('the client does not connect');
      this.#clock.advance(50);
      await settle();
    }
    if (!this.#isStream) this.#network.last.accept();
  }

  get #connections(): number {
    return this.#isStream ? this.#streams.posts.filter(({ route }) => route === 'stream').length : this.#network.connections.length;
  }

  async #present(): Promise<Player> {
    this.#player ??= new Player((await this.#joining) as Session);
    return this.#player;
  }
}
