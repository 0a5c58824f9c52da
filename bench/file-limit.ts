import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Files that a process needs besides its connections. */
const SPARE = 500;

/** Most files that this process, and whatever it starts, may have open; Node takes all that it may. Infinity where nobody says. */
function fileLimit(): number {
  try {
    const line = readFileSync('/proc/self/limits', 'utf8')
      .split('\n')
      .find((each) => each.startsWith('Max open files'));
    const hard = line?.trim().split(/\s+/)[4];
    return hard === undefined || hard === 'unlimited' ? Infinity : Number(hard);
  } catch {
    return Infinity;
  }
}

/** Makes room for that many connections here and in the servers started from here, as far as the machine lets us. */
export function raiseFileLimit(connections: number): void {
  const needed = connections + SPARE;
  if (fileLimit() >= needed) return;
  try {
    execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${needed}:${needed}`], { stdio: 'ignore' });
  } catch {
    // What counts is the limit that follows.
  }
  if (fileLimit() < needed)
    throw new Error(
      `${connections} connections need ${needed} open files, and ${fileLimit()} are allowed: raise the hard limit (ulimit -Hn), or run as root.`,
    );
}
