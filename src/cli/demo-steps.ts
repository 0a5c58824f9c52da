import { verifyStored } from '../server/stored-recovery.ts';
import type { SessionId } from '../server/index.ts';
import type { DemoPlayer, DemoTable } from './demo-table.ts';
import { withFiles } from './open-files-adapter.ts';
import { until } from './patience-adapter.ts';

/** What the steps hand on to one another. */
export type DemoRun = { readonly table: DemoTable; ada: DemoPlayer; ben: DemoPlayer; id: string };

/** One step of the demo; `play` rejects where something is not as it must be, and otherwise says what was checked. */
export type DemoStep = { readonly name: string; readonly play: (run: DemoRun) => Promise<string> };

/** The life of a session, from nothing to nothing. */
export const DEMO_STEPS: readonly DemoStep[] = [
  { name: 'discover', play: discover },
  { name: 'create', play: create },
  { name: 'join', play: join },
  { name: 'play', play: play },
  { name: 'leave', play: leave },
  { name: 'cut', play: cut },
  { name: 'return', play: comeBack },
  { name: 'kill -9', play: killed },
  { name: 'pause', play: pause },
  { name: 'resume', play: resume },
  { name: 'end', play: end },
  { name: 'cleanup', play: cleanup },
  { name: 'verify', play: verify },
];

function check(what: string, isSo: boolean): void {
  if (!isSo) throw new Error(`not so: ${what}`);
}

async function discover(run: DemoRun): Promise<string> {
  const { table } = run;
  await table.server.start();
  run.ada = await table.arrive('ada');
  run.ben = await table.arrive('ben');
  const { sessions } = await run.ada.client.sessions.list();
  check('the list is empty', sessions.length === 0);
  run.ben.watch();
  await until('Ben’s list is live', () => run.ben.list !== undefined);
  return 'the server is empty; Ben watches the list';
}

async function create(run: DemoRun): Promise<string> {
  const { ada, ben } = run;
  const { id } = await ada.client.sessions.create('demo', { name: 'Friday night', access: 'open' });
  run.id = id;
  await until('the session is in Ben’s list', () => ben.list?.some((each) => each.id === id && each.name === 'Friday night') === true);
  return 'Ada’s session appears in Ben’s list by itself';
}

async function join({ ada, ben, id }: DemoRun): Promise<string> {
  await ada.join(id);
  await ben.join(id);
  await until('Ada sees Ben', () => ada.session.participants.length === 2);
  const roles = ben.session.participants.map(({ role }) => role).join();
  check('Ada is the GM and Ben a player', roles === 'gm,player');
  await until('the list counts two seats', () => ben.list?.[0]?.seats === 2);
  return 'Ada is GM, Ben player; each sees the other, the list both';
}

async function play({ table, ada, ben }: DemoRun): Promise<string> {
  const rolled: unknown[] = [];
  ada.session.on('rolled', (payload) => rolled.push(payload));
  await Promise.all([ada.mark(50), ben.mark(50), ben.roll()]);
  await table.untilEqual('both see the same');
  check('every command counted once', ada.state.count === 100);
  await until('Ada hears of Ben’s roll', () => rolled.length === 1);
  return '100 commands from two sides, each once and in order; both see the same';
}

async function leave(run: DemoRun): Promise<string> {
  const { ada, ben, id } = run;
  await ben.session.leave();
  await until('Ada is told', () => ada.heard.includes('ben left'));
  await until('the list counts one seat', () => ben.list?.[0]?.seats === 1);
  await ben.join(id);
  await until('Ada sees him again', () => ada.session.participants.length === 2);
  check('he sees all that happened', ben.state.count === 100);
  return 'Ada hears that Ben left, his seat is free; he joins again and sees all';
}

async function cut({ ada, ben }: DemoRun): Promise<string> {
  ada.heard.length = 0;
  ben.relay.cut();
  await until('Ben notices', () => ben.session.status.state === 'waiting');
  await ada.mark(10);
  return 'Ben’s sockets are destroyed; he is told that he waits, Ada plays on';
}

async function comeBack({ table, ada, ben }: DemoRun): Promise<string> {
  const kept = ben.mark(5);
  check('his commands are kept', ben.session.pending.length === 5);
  ben.relay.mend();
  await kept;
  await table.untilEqual('both see the same again');
  check(
    'nobody was told that he was gone',
    ada.heard.every((change) => !change.startsWith('ben')),
  );
  return 'back by himself, with 10 events that he missed and 5 commands that he kept, each once; Ada saw nothing';
}

async function killed({ table, ada, ben }: DemoRun): Promise<string> {
  const before = ada.state.count;
  const answered = Promise.all([ada.mark(200), ben.mark(200)]);
  await until('commands are on their way', () => ada.state.count > before + 20);
  const seen = ada.state.count;
  await table.server.kill();
  await table.server.start();
  await answered;
  await table.untilEqual('both see the same after the restart');
  check('all that was seen is there, and all that was sent, once', ada.state.count === before + 400 && seen <= ada.state.count);
  check(
    'nobody is said to have left',
    ada.heard.every((change) => !/left|lost/.test(change)),
  );
  return `killed under load with ${seen - before} of 400 commands shown; all 400 are there, each once, and nobody left`;
}

async function pause({ table, ada, ben }: DemoRun): Promise<string> {
  await ada.session.manage.pause({ reason: 'tea' });
  await until('Ben sees it', () => ben.session.meta.status === 'paused');
  const refusal = await ben.refusalOf(() => ben.roll());
  check('game commands are refused', refusal === 'not-active');
  await table.server.kill();
  await table.server.start();
  await until('Ben is back', () => ben.session.status.state === 'live');
  check('it is paused still', (await ben.refusalOf(() => ben.roll())) === 'not-active');
  return 'Ben’s commands are refused, also after another kill -9';
}

async function resume({ table, ada, ben }: DemoRun): Promise<string> {
  await until('Ada is back', () => ada.session.status.state === 'live');
  await ada.session.manage.resume();
  await until('Ben sees it', () => ben.session.meta.status === 'active');
  await ben.mark(1);
  await table.untilEqual('both see the same');
  return 'commands are taken again';
}

async function end({ ada, ben, id }: DemoRun): Promise<string> {
  const { count } = ada.state;
  await ada.session.manage.end({ reason: 'it is late' });
  await until('Ben’s session has ended', () => ben.session.status.state === 'ended');
  check('its last state stays readable', ben.state.count === count);
  const status = (await ben.client.sessions.get(id)).status;
  check('the list says so', status === 'ended');
  return 'everyone is told and closed; the last state stays readable';
}

async function cleanup({ table, ada, id }: DemoRun): Promise<string> {
  const swept = async (): Promise<string> => {
    await table.operate('/v1/admin/sweep', 'end', {});
    return statusOf(ada, id);
  };
  await until('a sweep archives it', async () => (await swept()) !== 'ended');
  await until('a sweep deletes it', async () => (await swept()) === 'gone');
  const { sessions } = await ada.client.sessions.list();
  check('the list is empty again', sessions.length === 0);
  return 'put away, then deleted; the list is as empty as at the beginning';
}

async function statusOf({ client, refusalOf }: DemoPlayer, id: string): Promise<string> {
  let status = 'gone';
  const code = await refusalOf(async () => (status = (await client.sessions.get(id)).status));
  check(`a deleted session is not found, not ${code}`, code === undefined || code === 'not-found');
  return status;
}

async function verify({ table, id }: DemoRun): Promise<string> {
  const exitCode = await table.server.stop();
  check(`the server stops in order, with 0, not ${exitCode}`, exitCode === 0);
  return withFiles(table.server.dir, async (store) => {
    check('nothing of the session is stored', (await store.get(id as SessionId)) === undefined);
    const rows = await store.list({});
    for (const { session } of rows) check(`${session} is sound`, (await verifyStored(store, [], session))?.verdict === 'sound');
    const { created, live, archived, deleted } = await store.counters();
    check('created = live + archived + deleted', created === live + archived + deleted && deleted === 1);
    const history = await store.history({ session: id as SessionId });
    check('it is remembered', history.length === 1);
    return 'stopped in order; the files are sound, and hold nothing of the session but what it is remembered by';
  });
}
