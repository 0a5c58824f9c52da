import { mock } from 'node:test';
import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';

/*
 * Packs snapshots at once instead of on the thread pool: which joiners get a packed one then depends on the schedule alone.
 * It has to be imported before the server is.
 */
mock.method(zlib, 'deflateRaw', (text: string, options: zlib.ZlibOptions, done: (error: null, packed: Uint8Array) => void) =>
  done(null, zlib.deflateRawSync(text, options)),
);
syncBuiltinESMExports();
