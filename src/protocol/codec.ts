import type { ClientFrame, LiveFrame, ServerFrame } from './frames.ts';

export { FrameError } from './frame-error.ts';
export { readClientFrame, type ClientFrameRead, type ReadClientOptions } from './read-client-frame.ts';
export { readServerFrame } from './read-server-frame.ts';
export { scanJson, type JsonLimits, type ScanFault } from './scan-json.ts';
export { WIRE_LIMITS } from './wire-limits.ts';

/** A frame as it travels. Live frames have an encoder of their own. */
export function encodeFrame(frame: Exclude<ServerFrame, LiveFrame> | ClientFrame): string {
  return JSON.stringify(frame);
}
