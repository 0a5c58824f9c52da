import type { Socket } from 'node:net';

const LONGEST_LINE = 4_096;

/** Tells every line that comes, without its end. A line that never ends is not waited for. */
export function readLines(socket: Socket, line: (text: string) => void, tooLong: () => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const each of lines) line(each.trimEnd());
    if (rest.length > LONGEST_LINE) tooLong();
  });
}
