import { parentPort, workerData } from 'node:worker_threads';
import { packResults, unpackEntries } from './append-message.ts';
import { openEngine } from './open-engine.ts';
import type { OpenedEngine, StoreSettings } from './open-engine.ts';
import type { OpenDatabase } from './sqlite-database-adapter.ts';
import type { SqliteEngine } from './sqlite-engine.ts';
import { storeErrorOf } from './sqlite-error.ts';
import { StoreError } from './store.ts';
import type { StoreInfo } from './store.ts';
import type { CallName, CallTable, WorkerCalls, WorkerRequest, WorkerResponse } from './worker-calls.ts';

/** After so long without a write the log is moved into the database file. */
const IDLE_MS = 250;
/** The rhythm of the head record: what a loss of the log can cost unseen. */
const RECORD_MS = 1000;

/** Calls that commit. */
const WRITING: ReadonlySet<CallName> = new Set<CallName>([
  'append',
  'claim',
  'remove',
  'prune',
  'erase',
  'sweep',
  'quarantine',
  'rewind',
  'addSnapshotPart',
]);

const port = parentPort;
if (port === null) throw new Error('sqlite-worker-adapter runs as a worker of SqliteStore only');

const { databaseModule } = workerData as { databaseModule: string };
const { openDatabase } = (await import(databaseModule)) as { openDatabase: OpenDatabase };

let opened: OpenedEngine | undefined;
let idleTimer: NodeJS.Timeout | undefined;
let tidyTimer: NodeJS.Timeout | undefined;
let recordTimer: NodeJS.Timeout | undefined;

port.on('message', (request: WorkerRequest) => {
  port.postMessage(answer(request));
  if (WRITING.has(request.call)) afterCommit();
  if (request.call === 'close') port.close();
});

function answer(request: WorkerRequest): WorkerResponse {
  const { id } = request;
  try {
    return { id, value: perform(request) };
  } catch (error) {
    return { id, failure: failureOf(storeErrorOf(error, request.call)) };
  }
}

const CALLS: CallTable = {
  open,
  close,
  claim: (sessions) => engine().claim(sessions),
  append: (entries) => packResults(engine().append(unpackEntries(entries))),
  read: (...args) => engine().read(...args),
  readSnapshot: (...args) => engine().readSnapshot(...args),
  list: (query) => engine().list(query),
  get: (session) => engine().get(session),
  findInvite: (hash) => engine().ask('looking up an invite', ({ queries }) => queries.findInvite(hash)),
  acts: (query) => engine().ask('reading the audit', ({ queries }) => queries.acts(query)),
  history: (query) => engine().ask('reading the history', ({ queries }) => queries.history(query)),
  due: (...args) => engine().ask('looking for sessions that are due', ({ queries }) => queries.due(...args)),
  dueForCleanup: (...args) => engine().ask('looking for sessions to clean up', ({ queries }) => queries.dueForCleanup(...args)),
  versions: () => engine().ask('counting versions', ({ queries }) => queries.versions()),
  probe: () => engine().probe(),
  outbox: () => engine().ask('reading the outbox', ({ outbox }) => outbox.heads()),
  markOutbox: (marks) =>
    engine().change('marking the outbox', ({ outbox }) => {
      for (const mark of marks) outbox.mark(mark);
      return undefined;
    }),
  deadLetters: (query) => engine().ask('reading dead letters', ({ outbox }) => outbox.deadLetters(query)),
  remove: (removals) => engine().remove(removals),
  prune: (...args) => engine().rearrange('pruning a log', ({ remover }) => remover.prune(...args)),
  erase: (session, events, progress) =>
    engine().rearrange('erasing content', ({ remover }) =>
      progress === undefined ? remover.beginErasing(session, events) : remover.erase(session, events, progress),
    ),
  sweep: () => engine().rearrange('sweeping', ({ remover, parts }) => remover.sweep() || parts.sweep()),
  wipe: (pass) => current().tidying.wipe(pass),
  quarantine: (...args) => engine().change('marking a session', ({ rewinder }) => rewinder.quarantine(...args)),
  quarantined: () => engine().ask('looking for quarantined sessions', ({ rewinder }) => rewinder.quarantined()),
  remnants: (...args) => engine().ask('looking at what is left of a log', ({ rewinder }) => rewinder.remnants(...args)),
  snapshots: (session) => engine().ask('looking at snapshots', ({ rewinder }) => rewinder.snapshots(session)),
  beginSnapshot: (...args) => engine().change('beginning a snapshot', ({ parts }) => parts.begin(...args)),
  addSnapshotPart: (...args) => engine().change('writing a snapshot', ({ parts }) => parts.add(...args)),
  finishSnapshot: (number) =>
    engine().change('finishing a snapshot', ({ parts, writer }) => {
      const finished = parts.finish(number);
      if (finished !== undefined) writer.dropOldSnapshots(finished.number);
      return finished !== undefined;
    }),
  abandonSnapshot: (number) => engine().ask('giving a snapshot up', ({ parts }) => parts.abandon(number)),
  rewind: (rewind) => engine().rewind(rewind),
  setAside: (session) => engine().ask('reading what was set aside', ({ rewinder }) => rewinder.setAside(session)),
  logBytes: (session) => engine().ask('measuring a log', ({ reader }) => reader.logBytes(session)),
  beginning: (session) => engine().ask('looking where a log begins', ({ reader }) => reader.beginning(session)),
  beginAdoption: (base) => engine().change('taking a session in', ({ adopter }) => adopter.begin(base)),
  addForeign: (...args) => engine().addForeign(...args),
  finishAdoption: (...args) => engine().finishAdoption(...args),
  abandonAdoption: (number) => engine().change('giving a session up', ({ adopter }) => adopter.abandon(number)),
  removedRev: () => engine().ask('looking for removals', ({ remover }) => remover.removedRev),
  counters: () => engine().ask('counting sessions', ({ counters }) => counters.read()),
};

function perform<Name extends CallName>({ call, args }: WorkerRequest<Name>): ReturnType<WorkerCalls[Name]> {
  return CALLS[call](...args);
}

function current(): OpenedEngine {
  if (opened === undefined) throw new StoreError('not-open', 'The store is not open: call open() first.');
  return opened;
}

function engine(): SqliteEngine {
  return current().engine;
}

function open(settings: StoreSettings): StoreInfo {
  opened = openEngine(settings, {
    openDatabase,
    platform: process.platform,
    startedAt: new Date(),
    monotonic: () => performance.now(),
    onBroken: (error) => port?.postMessage({ broken: failureOf(error) }),
  });
  if (!settings.readOnly) {
    idleTimer = setTimeout(whileIdle, IDLE_MS);
    recordTimer = setInterval(() => opened?.engine.record(), RECORD_MS);
  }
  return opened.info;
}

function whileIdle(): void {
  opened?.engine.settle();
  tidy();
}

function tidy(): void {
  const next = opened?.tidying.step();
  tidyTimer = next === undefined ? undefined : setTimeout(tidy, next);
}

function afterCommit(): void {
  clearTimeout(tidyTimer);
  idleTimer?.refresh();
  opened?.engine.upkeep();
}

function close(): undefined {
  clearTimeout(idleTimer);
  clearTimeout(tidyTimer);
  clearInterval(recordTimer);
  if (idleTimer !== undefined) {
    opened?.engine.settle();
    opened?.engine.record();
  }
  opened?.engine.close();
  opened?.release();
  opened = undefined;
}

function failureOf({ code, message }: StoreError): { code: StoreError['code']; message: string } {
  return { code, message };
}
