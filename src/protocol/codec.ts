import type { ClientFrame, LiveFrame, ServerFrame } from './frames.ts';

export { readClientFrame, type ClientFrameRead, type ReadClientOptions } from './read-client-frame.ts';
export { WIRE_LIMITS } from './wire-limits.ts';

/** A frame as it travels. Live frames have an encoder of their own. */
export function encodeFrame(frame: Exclude<ServerFrame, LiveFrame> | ClientFrame): string {
  return JSON.stringify(frame);
}
