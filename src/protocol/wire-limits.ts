import type { JsonLimits } from './scan-json.ts';

/** Bounds of what is read from the wire. */
export const WIRE_LIMITS = {
  /** The first frame of a client. */
  hello: { bytes: 4_096, depth: 8, values: 64, string: 3_072, exact: true },
  /** Every other frame of a client. */
  command: { bytes: 16_384, depth: 32, values: 4_096, string: 16_384, exact: true },
  /** Frames of a server, which hold whole states: as deep as a state may be, and the frame around it. */
  server: { bytes: 67_108_864, depth: 80, values: 16_777_216, string: 33_554_432, exact: false },
} as const satisfies Record<string, JsonLimits>;

/** Characters of names (commands, roles, messages) and of the credential. */
export const NAME_MOST = 64;
export const TOKEN_MOST = 3_072;
