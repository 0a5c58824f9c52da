import type { SessionDefinition } from '../../definition/session-definition.ts';
import type { JsonValue } from '../../protocol/json.ts';
import { resolveArguments } from './known-values.ts';
import type { Schedule, Step } from './schedule.ts';
import type { SimulatedClient, SimulatedServer, SimulatedWorld } from './world.ts';

/** So long may everything take to be live again once nothing goes wrong any more. */
const QUIET_MS = 300_000;

/** What a step needs besides the world. */
export type Stage = {
  readonly world: SimulatedWorld;
  readonly schedule: Schedule;
  /** Every version of the definitions, first to last. */
  readonly versions: readonly (readonly SessionDefinition[])[];
};

/** Does one step. False where everything was to come to rest and did not. A step whose subject is not there does nothing. */
export async function applyStep(step: Step, stage: Stage): Promise<boolean> {
  const { world } = stage;
  if (step.do === 'wait') await world.advance(step.ms);
  else if (step.do === 'quiet') return world.quiet(QUIET_MS);
  else {
    if ('who' in step) applyPersonal(step, clientOf(stage, step.who), stage);
    else if ('server' in step) applyToServer(step, world.servers[step.server]);
    else applyToMachine(step, stage);
    await world.advance(0);
  }
  return true;
}

function clientOf({ world }: Stage, who: string): SimulatedClient | undefined {
  return world.clients.find(({ person }) => person.name === who);
}

type Personal = Extract<Step, { readonly who: string }>;
type OfServer = Extract<Step, { readonly server: number }>;
type OfMachine = Exclude<Step, Personal | OfServer | { readonly do: 'wait' | 'quiet' }>;

function applyPersonal(step: Personal, client: SimulatedClient | undefined, stage: Stage): void {
  const { network } = stage.world;
  if (client === undefined) return;
  switch (step.do) {
    case 'join':
      return client.join(step.session);
    case 'leave':
      return client.leave();
    case 'close':
      return client.close();
    case 'command':
      return void client.send(step.name, resolved(step.args, client, stage));
    case 'manage':
      return void client.manage(step.act, resolved(step.args, client, stage));
    case 'presence':
      return client.setPresence(step.activity ?? undefined);
    case 'delay':
      return network.delay(step.who, step.minMs, step.maxMs);
    case 'stall':
      return network.stall(step.who, step.ms, step.towards === 'both' ? undefined : step.towards);
    case 'cut':
      return network.cut(step.who);
    case 'half-open':
      return network.halfOpen(step.who);
    case 'duplicate':
      return network.duplicate(step.who, step.times);
    case 'reorder':
      return network.reorder(step.who, step.times);
    case 'slow reader':
      return network.slowReader(step.who, step.bytesPerSecond === 0 ? Infinity : step.bytesPerSecond);
    case 'reload':
      return client.reload();
    case 'duplicate tab':
      return client.duplicateTab();
    case 'sleep':
      return client.sleep(step.ms);
    case 'flood':
      return flood(step, client, stage);
  }
}

function resolved(args: JsonValue, client: SimulatedClient, { schedule }: Stage): JsonValue {
  const names = schedule.people.map(({ name }) => name);
  return resolveArguments(args, client.session?.state, names);
}

function flood(step: Extract<Step, { readonly do: 'flood' }>, client: SimulatedClient, stage: Stage): void {
  if (client.session === undefined) return;
  stage.world.history.add({ kind: 'fault', fault: 'flood', on: step.who });
  for (let sent = 0; sent < step.times; sent += 1) client.send(step.name, resolved(step.args, client, stage));
}

function applyToServer(step: OfServer, server: SimulatedServer | undefined): void {
  if (step.do === 'crash at') server?.crashAt(step.point);
  else server?.[step.do]();
}

function applyToMachine(step: OfMachine, { world, versions }: Stage): void {
  const { disk, network } = world;
  switch (step.do) {
    case 'deploy':
      return world.deploy(versions[step.version] ?? versions.at(-1) ?? []);
    case 'create':
      return world.create(step.definition);
    case 'power cut':
      return void disk.powerCut();
    case 'append':
      return disk.failNext(step.fate, step.times);
    case 'disk full':
      return disk.full(step.on);
    case 'disk slow':
      return disk.slow(step.ms);
    case 'corrupt': {
      const session = world.sessions[step.session];
      if (session !== undefined) void disk.corrupt(session, Math.max(1, disk.headOf(session) - step.back), step.part);
      return undefined;
    }
    case 'lose tail': {
      const session = world.sessions[step.session];
      if (session !== undefined) void disk.loseTail(session, step.count);
      return undefined;
    }
    case 'fail reads':
      return disk.failReads(step.times);
    case 'refuse':
      return network.refuse(step.on);
    case 'clock jump':
      return world.jumpClock(step.ms, step.whose);
  }
}
