import type { Code } from '../server/index.ts';
import { EXIT, type ExitCode } from './cli-error.ts';

const CODES: Partial<Record<Code, ExitCode>> = {
  'not-found': EXIT.notFound,
  'bad-request': EXIT.usage,
  'unknown-type': EXIT.usage,
  'quarantined': EXIT.damaged,
  'unavailable': EXIT.unavailable,
  'disk-full': EXIT.unavailable,
  'shutting-down': EXIT.unavailable,
};

/** How a command ends that was refused with this code. */
export function exitCodeOfRefusal(code: Code): ExitCode {
  return CODES[code] ?? EXIT.failed;
}
