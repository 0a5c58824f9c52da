import type { Page } from 'playwright-core';

/** Counts how often a page is told of a roll, over all its WebSockets from now on. What comes in one frame is counted one by one. */
export function overhearRolls(page: Page): () => number {
  let heard = 0;
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      heard += String(payload).match(/"rolled"/g)?.length ?? 0;
    }),
  );
  return () => heard;
}
