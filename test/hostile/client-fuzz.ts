import { ClientHarness, firstFrames } from '../../src/testing/client-harness.ts';
import { settle } from '../../src/testing/settle-adapter.ts';
import { Dice } from './dice.ts';
import { hostileServerText } from './server-frames.ts';

/** So many lines are tried in two minutes at the very most: pauses grow, and what makes no sense too often ends it. */
const MOST_LINES = 60;
const STATES: readonly string[] = ['connecting', 'live', 'suspect', 'waiting', 'leaving', 'ended', 'closed'];

/** A whole client whose server says whatever it likes. The result is what is wrong with it afterwards, if anything is. */
export async function tellClient(seed: number, story: number): Promise<string | undefined> {
  const dice = new Dice(seed ^ 0x165667b1, story);
  const harness = new ClientHarness();
  const said: string[] = [];
  try {
    const session = await harness.join();
    session.subscribe(() => void JSON.stringify(session.state));
    session.commands.roll({ sides: 6 }).catch(() => undefined);
    for (let left = 3 + dice.below(6); left > 0; left -= 1) {
      const text = hostileServerText(dice);
      said.push(text);
      await sayNow(harness, dice.percent(5) ? new TextEncoder().encode(text).buffer : text);
      harness.clock.advance(dice.pick([0, 10, 1_000]));
      if (dice.percent(60)) await comeBack(harness);
    }
    for (let second = 0; second < 120; second += 1) {
      harness.clock.advance(1_000);
      await settle();
    }
    const wrong = faultOf(harness, session.status.state);
    harness.client.close();
    await settle();
    if (wrong === undefined && harness.clock.timers > 0) return `${harness.clock.timers} timers are left, after ${JSON.stringify(said)}`;
    return wrong && `${wrong}, after ${JSON.stringify(said)}`;
  } catch (error) {
    return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}, after ${JSON.stringify(said)}`;
  }
}

async function sayNow(harness: ClientHarness, data: string | ArrayBuffer): Promise<void> {
  harness.connection.queue(data);
  harness.connection.flush();
  await settle();
}

/** The client is let in again where it has come back. */
async function comeBack(harness: ClientHarness): Promise<void> {
  await settle();
  const { connection } = harness;
  if (connection.hello !== undefined || connection.closedByClient !== undefined) return;
  connection.accept();
  connection.say(...firstFrames());
  await settle();
}

function faultOf({ network }: ClientHarness, state: string): string | undefined {
  if (!STATES.includes(state)) return `its status is ${state}`;
  const { length } = network.connections;
  return length > MOST_LINES ? `it opened ${length} lines in two minutes` : undefined;
}
