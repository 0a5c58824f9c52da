/** An id of a session or connection that begins with a dash. Flags have no capitals, digits and underscores. */
const DASHED_ID = /^-(?=.*[A-Z0-9_])[A-Za-z0-9_-]{21}$/;
/** Flags after which no value comes. */
const SWITCHES = new Set(['--json', '--dev', '--dev-any-host', '--operator', '--dry-run', '--all', '--accept-damage']);

/** The same command line, ids that begin with a dash put where they are not taken for flags. */
export function idsAsOperands(args: readonly string[]): readonly string[] {
  const isOperand = (arg: string, at: number): boolean => DASHED_ID.test(arg) && !takesValue(args[at - 1]);
  const ids = args.filter(isOperand);
  if (ids.length === 0 || args.includes('--')) return args;
  return [...args.filter((arg, at) => !isOperand(arg, at)), '--', ...ids];
}

function takesValue(before: string | undefined): boolean {
  return before !== undefined && before.startsWith('--') && !before.includes('=') && !SWITCHES.has(before);
}
