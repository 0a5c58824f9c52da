import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type ClientOptions, type Fetch, type OpenSocket, type Session, type Socket } from '../../src/client/index.ts';
import { openWebSocket } from '../../src/client/web-socket-adapter.ts';
import { createTestServer } from '../../src/testing/create-test-server.ts';
import { until } from '../reconnect/until.ts';
import { quest } from './quest.ts';
import { Player, writeTranscript, type Line } from './transcript.ts';

/** A way to a server on which everything is written down, and which can be cut. */
type Way = { readonly options: Partial<ClientOptions>; cut(): void };

/** Plays the same over both transports, and keeps every word of it below `target`. */
export async function keepTranscripts(target: string): Promise<void> {
  for (const [name, way] of Object.entries({ websocket: socketWay, sse: streamWay })) {
    const lines: Line[] = [];
    await converse(lines, way(lines));
    writeFileSync(join(target, `${name}.jsonl`), writeTranscript(lines));
  }
}

async function converse(lines: Line[], { options, cut }: Way): Promise<void> {
  await using live = await createTestServer({ sessions: [quest] });
  const [mira, ann] = [await live.signIn('Mira'), await live.signIn('Ann')];
  const { id } = await mira.client.sessions.create('quest', { options: { title: 'Kept' } });
  const gm = await mira.client.join<typeof quest>(id);
  await gm.manage.start();
  await gm.commands.hide({ key: 'trap', text: 'beneath the stairs' });
  lines.push(['joins', id]);
  const client = createClient({ url: live.url, token: ann.token, ...options });
  const session = await client.join(id);
  const player = new Player(session);
  await play({ lines, gm, session, player, ann: ann.participant.id, cut });
  lines.push(['shows', player.view]);
  client.close();
}

type Scene = {
  readonly lines: Line[];
  readonly gm: Session<typeof quest>;
  readonly session: Session;
  readonly player: Player;
  readonly ann: Session['self']['id'];
  cut(): void;
};

async function play({ lines, gm, session, player, ann, cut }: Scene): Promise<void> {
  const act = async (name: string, args: Parameters<Player['do']>[1]): Promise<void> => {
    lines.push(['does', name, args]);
    await player.do(name, args);
  };
  const together = (): Promise<void> =>
    until(
      () => session.status.state === 'live' && session.seq >= gm.seq,
      'both see the same',
      () => [session.status, session.seq, gm.seq],
    );
  for (let n = 0; n < 6; n += 1) await act('move', { id: `token${n % 2}`, x: n, y: 0.5 });
  await act('roll', { sides: 20 });
  await act('note', { at: 0, text: 'zuletzt: Grüße 🐟' });
  await act('note', { at: 0, text: 'an apple' });
  await act('sort', {});
  await act('refuse', {});
  await act('hide', { key: 'mine', text: 'no' });
  await act('move', { id: 7 });
  await act('draw', { card: 'the moon' });
  await gm.commands.draw({ card: 'the sun' });
  await gm.commands.say({ text: 'who is there?' });
  await gm.commands.whisper({ text: 'not for Ann' });
  await gm.commands.remove({ id: 'token1' });
  await together();
  cut();
  lines.push(['cut']);
  for (let n = 0; n < 5; n += 1) await gm.commands.move({ id: 'token2', x: n, y: n });
  await gm.commands.say({ text: 'are you back?' });
  await together();
  await act('say', { text: 'here' });
  await gm.manage.role({ participant: ann, role: 'gm' });
  await together();
  await act('hide', { key: 'door', text: 'locked' });
  await act('whisper', { text: 'now I know' });
  await gm.manage.pause({ reason: 'tea' });
  await together();
  await act('roll', { sides: 6 });
}

function socketWay(lines: Line[]): Way {
  let last: { readonly socket: Socket; closed(code: number, reason: string): void } | undefined;
  const webSocket: OpenSocket = (url, protocol, events) => {
    let isOver = false;
    const closed = (code: number, reason: string): void => {
      if (!isOver) events.closed(code, reason);
      isOver = true;
    };
    const socket = openWebSocket(url, protocol, {
      opened: () => {
        lines.push(['opens']);
        events.opened();
      },
      message: (data) => {
        if (isOver) return;
        lines.push(typeof data === 'string' ? ['came', data] : ['packed', Buffer.from(data).toString('base64')]);
        events.message(data);
      },
      closed,
    });
    last = { socket, closed };
    return {
      send: (text) => {
        lines.push(['went', text]);
        socket.send(text);
      },
      close: (code, reason) => socket.close(code, reason),
    };
  };
  return {
    options: { webSocket, transports: 'websocket' },
    cut: () => {
      last?.closed(1006, '');
      last?.socket.close();
    },
  };
}

function streamWay(lines: Line[]): Way {
  let last: AbortController | undefined;
  const recording: Fetch = async (url, init) => {
    const route = new URL(url).pathname.split('/').at(-1);
    lines.push(['went', `${init.method} ${route} ${typeof init.body === 'string' ? init.body : ''}`]);
    if (route !== 'stream') return fetch(url, init);
    const cut = new AbortController();
    last = cut;
    const response = await fetch(url, { ...init, signal: AbortSignal.any([cut.signal, ...(init.signal ? [init.signal] : [])]) });
    lines.push(['opens']);
    const decoder = new TextDecoder();
    const written = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (chunk, controller) => {
        lines.push(['came', decoder.decode(chunk, { stream: true })]);
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body?.pipeThrough(written) ?? null, response);
  };
  return { options: { fetch: recording, transports: 'sse' }, cut: () => last?.abort() };
}
