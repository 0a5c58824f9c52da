// The board:   node --conditions=holdfast-source examples/lines/main.ts
// A writer:    node --conditions=holdfast-source examples/lines/main.ts mira
import { createInterface } from 'node:readline';
import { Board } from './board.ts';
import { Writer } from './writer.ts';

const PORT = 4_747;
const PEOPLE = new Map([
  ['mira', 'lantern'],
  ['jon', 'compass'],
]);
const [name] = process.argv.slice(2);

if (name === undefined) {
  await new Board(PEOPLE).listen(PORT);
  console.log(`The board is at 127.0.0.1:${PORT}.`);
} else {
  const writer = new Writer({
    port: PORT,
    name,
    secret: PEOPLE.get(name) ?? '',
    heard: (line) => console.log(line),
    changed: ({ state }) => console.log(`(${state})`),
  });
  const typed = createInterface({ input: process.stdin });
  typed.on('line', (line) => writer.say(line) || console.log('(not connected: this was not said)'));
  typed.on('close', () => writer.leave());
}
