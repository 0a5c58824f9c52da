/** What the programs of tests have in common that run a server as a process of its own, for tests that kill it. */
import { flushCompileCache } from 'node:module';
import type { Server } from 'holdfast/server';
import type { SessionId } from '../../src/protocol/ids.ts';
import type { Store } from '../../src/store/store.ts';
import type { Question, ServerSettings } from './live-server.ts';

/** What a program runs. */
export type Child = {
  readonly server: Server;
  readonly store: Store;
  /** Questions of its own; undefined: it knows no such thing. */
  readonly answer?: (question: Question) => Promise<unknown> | undefined;
};

async function answer({ server, store }: Child, question: Question): Promise<unknown> {
  const session = String(question['session']) as SessionId;
  switch (question.ask) {
    case 'create': {
      const outcome = await server.sessions.create({ type: String(question['type']), by: 'system' });
      if (!outcome.ok) throw new Error(outcome.message);
      return outcome.row.session;
    }
    case 'read':
      return store.read(session, Number(question['after']), Number.MAX_SAFE_INTEGER);
    case 'status':
      return server.sessions.status(session);
    case 'stop':
      return server.stop();
    case 'drain':
      return server.drain();
    default:
      throw new Error(`nobody knows what ${question.ask} is`);
  }
}

/** Waits to be told to begin, with everything loaded; then opens what is to run, starts it, and answers questions about it. */
export function runChild(open: (settings: ServerSettings) => Child): void {
  process.on('disconnect', () => process.exit(0));
  let child: Child | undefined;
  process.on('message', (message: { start: ServerSettings } | { id: number; question: Question }) => {
    if ('start' in message) return void start((child = open(message.start)));
    const { id, question } = message;
    void answerOf(child, question).then(
      (value) => process.send?.({ id, value }),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
}

async function answerOf(child: Child | undefined, question: Question): Promise<unknown> {
  if (child === undefined) throw new Error('asked before the start');
  return child.answer?.(question) ?? answer(child, question);
}

async function start({ server }: Child): Promise<void> {
  try {
    await server.start();
    process.send?.({ ready: true });
    // Killed processes never write it: with it the next start takes half as long.
    flushCompileCache();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
