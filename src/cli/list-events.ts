import { readStoredEvents, type ShownEvent } from '../server/stored-sessions.ts';
import { CliError, EXIT } from './cli-error.ts';
import { brief, formatTable } from './format.ts';
import { withFiles } from './open-files-adapter.ts';
import { sessionIdOf } from './session-id.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';
import { timeText } from './time-adapter.ts';

export type EventsRequest = { readonly session: string; readonly from: number; readonly limit: number };

/** `holdfast events` */
export async function listEvents(request: EventsRequest, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { configuration } = settingsOf(flags, surroundings);
  const { dir } = configuration;
  const session = sessionIdOf(request.session);
  surroundings.note(`From the files in ${dir}, read-only.`);
  const read = await withFiles(dir, (store) => readStoredEvents(store, session, request.from, request.limit));
  if (read === undefined) throw new CliError(EXIT.notFound, `There is no session ${request.session} in ${dir}.`);
  if (flags.json === true) surroundings.print(JSON.stringify(read));
  else
    for (const line of formatTable(['seq', 'at', 'who', 'command', 'arguments', 'result'], read.events.map(cells)))
      surroundings.print(line);
  if (read.damage !== undefined) throw new CliError(EXIT.damaged, `seq ${read.damage.seq}: ${read.damage.reason}`);
}

function cells({ seq, at, who, command, input, result, erased }: ShownEvent): string[] {
  return [String(seq), timeText(at), who, command, erased === true ? '(erased)' : brief(input, 48), brief(result, 32)];
}
