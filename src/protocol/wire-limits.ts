import type { JsonLimits } from './scan-json.ts';

/** Bounds of what is read from the wire. */
export const WIRE_LIMITS = {
  /** The first frame of a client. */
  hello: { bytes: 4_096, depth: 8, values: 64, string: 3_072 },
  /** Every other frame of a client. */
  command: { bytes: 65_536, depth: 32, values: 4_096, string: 65_536 },
} as const satisfies Record<string, JsonLimits>;

/** How often a client asks for a sign of life, where the server says nothing else. */
export const HEARTBEAT_MS = 15_000;
/** Characters of names (commands, roles, messages) and of the credential. */
export const NAME_MOST = 64;
export const TOKEN_MOST = 3_072;
