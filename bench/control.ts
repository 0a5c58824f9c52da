import { flushCompileCache } from 'node:module';
import { performance } from 'node:perf_hooks';
import type { JsonObject } from '../src/protocol/json.ts';

/** What the load generator asks a server under test over the process channel, beside the load itself. */
export type Question =
  | { ask: 'usage' }
  | { ask: 'memory' }
  | { ask: 'peak' }
  | { ask: 'create'; count: number; options: JsonObject }
  | { ask: 'tokens'; names: readonly string[] }
  | { ask: 'play'; sessions: readonly string[]; moves: readonly Move[] }
  | { ask: 'read'; sessions: readonly string[] }
  | { ask: 'shelve'; counts: Readonly<Record<string, number>> }
  | { ask: 'sweep' }
  | { ask: 'stop' };

/** CPU of the whole process, all threads, in microseconds, and how busy its main loop has been since the last question, 0 to 1. */
export type Usage = { cpuUs: number; mainBusy: number };

/** What a sweep did, and how many of the stored sessions have ended since. */
export type Swept = { tookMs: number; looked: number; steps: Readonly<Record<string, number>>; stored: number; ended: number };

/** A token put at a place. */
export type Move = { id: string; x: number; y: number };

/** A session as the server has it. */
export type Truth = { seq: number; state: JsonObject };

export type ControlHandlers = {
  /** Creates sessions; answers their ids. */
  create(count: number, options: JsonObject): Promise<string[]> | string[];
  /** A credential for each name. */
  tokens(names: readonly string[]): Promise<string[]> | string[];
  /** Makes the moves in every session, by nobody's hand; answers once they are where the server keeps them. */
  play(sessions: readonly string[], moves: readonly Move[]): Promise<void> | void;
  read(sessions: readonly string[]): Promise<Truth[]> | Truth[];
  /** Stores so many sessions of each type. */
  shelve?(counts: Readonly<Record<string, number>>): Promise<void>;
  /** Cleans up. */
  sweep?(): Promise<Swept>;
  stop(): Promise<void> | void;
};

/** A killed process keeps nothing of what it compiled unless it has written it before. */
const COMPILED_MS = 1_000;

/** Tells the parent the port, then answers its questions; ends the process when the parent goes. */
export function answerControl(port: number, handlers: ControlHandlers): void {
  let lastLoop = performance.eventLoopUtilization();
  const answer = async (question: Question): Promise<unknown> => {
    switch (question.ask) {
      case 'usage': {
        const used = process.cpuUsage();
        const mainBusy = performance.eventLoopUtilization(lastLoop).utilization;
        lastLoop = performance.eventLoopUtilization();
        return { cpuUs: used.user + used.system, mainBusy } satisfies Usage;
      }
      case 'memory':
        for (let i = 0; i < 4; i++) globalThis.gc?.();
        return process.memoryUsage().rss;
      case 'peak':
        // Kilobytes everywhere, says Node, whatever the system counts in.
        return process.resourceUsage().maxRSS * 1024;
      case 'create':
        return handlers.create(question.count, question.options);
      case 'tokens':
        return handlers.tokens(question.names);
      case 'play':
        return handlers.play(question.sessions, question.moves);
      case 'read':
        return handlers.read(question.sessions);
      case 'shelve':
        return handlers.shelve?.(question.counts);
      case 'sweep':
        return handlers.sweep?.();
      case 'stop':
        return handlers.stop();
    }
  };
  process.on('message', (message: { id: number; question: Question }) => {
    void answer(message.question).then(
      (value) => process.send?.({ id: message.id, value }, () => message.question.ask === 'stop' && process.exit(0)),
      (error: unknown) =>
        process.send?.({ id: message.id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
  setTimeout(flushCompileCache, COMPILED_MS).unref();
  process.send?.({ port });
}
