/**
 * The floor: what a bare `ws` server costs that keeps state in memory and broadcasts each change at once as JSON. It
 * validates, checks and stores nothing; it speaks just enough of the same frames to be driven by the same load.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { answerControl, type Move } from './control.ts';
import { initialTokens, type Token } from './entities.ts';

type Room = { readonly tokens: Record<string, Token>; readonly sockets: Set<WebSocket> };
type Incoming =
  | { t: 'hello'; session: string; as: number }
  | { t: 'presence'; data: object }
  | { t: 'command'; n: number; args: Move & { text?: string } };

const rooms = new Map<string, Room>();
const http = createServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });

sockets.on('connection', (socket) => {
  let room: Room | undefined;
  let as = 0;
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as Incoming;
    if (frame.t === 'hello') {
      as = frame.as;
      room = roomOf(frame.session);
      room.sockets.add(socket);
      socket.send(JSON.stringify({ t: 'snapshot', state: { tokens: room.tokens } }));
    } else if (frame.t === 'presence' && room !== undefined) {
      const people = { [`player${as}`]: { status: 'online', since: 1_770_000_000_000, data: frame.data } };
      const bytes = Buffer.from(JSON.stringify({ t: 'presence', people }));
      for (const other of room.sockets) other.send(bytes, { binary: false });
    } else if (frame.t === 'command' && room !== undefined) {
      play(room, frame.args, as, frame.n);
    }
  });
  socket.on('close', () => room?.sockets.delete(socket));
  socket.on('error', () => socket.terminate());
});

function play(room: Room, { id, x, y, text }: Move & { text?: string }, by: number, n: number): void {
  const token = (room.tokens[id] ??= { x, y });
  token.x = x;
  token.y = y;
  if (text !== undefined) token['text'] = text;
  const bytes = Buffer.from(JSON.stringify({ t: 'moved', id, x, y, text, by, n }));
  for (const other of room.sockets) other.send(bytes, { binary: false });
}

function roomOf(id: string, options = {}): Room {
  let room = rooms.get(id);
  if (room === undefined) {
    room = { tokens: initialTokens(options), sockets: new Set() };
    rooms.set(id, room);
  }
  return room;
}

http.listen(Number(process.env['BENCH_PORT'] ?? 0), '127.0.0.1', () => {
  answerControl((http.address() as AddressInfo).port, {
    create: (count, options) =>
      Array.from({ length: count }, () => {
        const id = `room${rooms.size}`;
        roomOf(id, options);
        return id;
      }),
    tokens: (names) => [...names],
    play: (ids, moves) => {
      for (const id of ids) for (const move of moves) play(roomOf(id), move, -1, 0);
    },
    read: (ids) => ids.map((id) => ({ seq: 0, state: { tokens: roomOf(id).tokens } })),
    stop: () => {},
  });
});
