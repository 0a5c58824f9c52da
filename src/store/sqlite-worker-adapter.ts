import { parentPort, workerData } from 'node:worker_threads';
import { packResults, unpackEntries } from './append-message.ts';
import { openEngine } from './open-engine.ts';
import type { OpenedEngine, StoreSettings } from './open-engine.ts';
import type { OpenDatabase } from './sqlite-database-adapter.ts';
import type { SqliteEngine } from './sqlite-engine.ts';
import { storeErrorOf } from './sqlite-error.ts';
import { StoreError } from './store.ts';
import type { StoreInfo } from './store.ts';
import type { WorkerRequest, WorkerResponse } from './worker-calls.ts';

/** After so long without a write the log is moved into the database file. */
const IDLE_MS = 250;
/** The rhythm of the head record: what a loss of the log can cost unseen. */
const RECORD_MS = 1000;

const port = parentPort;
if (port === null) throw new Error('sqlite-worker-adapter runs as a worker of SqliteStore only');

const { databaseModule } = workerData as { databaseModule: string };
const { openDatabase } = (await import(databaseModule)) as { openDatabase: OpenDatabase };

let opened: OpenedEngine | undefined;
let idleTimer: NodeJS.Timeout | undefined;
let recordTimer: NodeJS.Timeout | undefined;

port.on('message', (request: WorkerRequest) => {
  port.postMessage(answer(request));
  if (request.call === 'append' || request.call === 'claim') afterCommit();
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

function perform(request: WorkerRequest): Extract<WorkerResponse, { value: unknown }>['value'] {
  switch (request.call) {
    case 'open':
      return open(...request.args);
    case 'close':
      return close();
    case 'claim':
      return engine().claim(...request.args);
    case 'append':
      return packResults(engine().append(unpackEntries(...request.args)));
    case 'read':
      return engine().read(...request.args);
    case 'readSnapshot':
      return engine().readSnapshot(...request.args);
    case 'list':
      return engine().list(...request.args);
    case 'get':
      return engine().get(...request.args);
    case 'findInvite':
      return engine().findInvite(...request.args);
    case 'acts':
      return engine().acts(...request.args);
    case 'history':
      return engine().history(...request.args);
    case 'due':
      return engine().due(...request.args);
    case 'probe':
      return engine().probe();
  }
}

function engine(): SqliteEngine {
  if (opened === undefined) throw new StoreError('not-open', 'The store is not open: call open() first.');
  return opened.engine;
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
    idleTimer = setTimeout(() => opened?.engine.settle(), IDLE_MS);
    recordTimer = setInterval(() => opened?.engine.record(), RECORD_MS);
  }
  return opened.info;
}

function afterCommit(): void {
  idleTimer?.refresh();
  opened?.engine.upkeep();
}

function close(): undefined {
  clearTimeout(idleTimer);
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
