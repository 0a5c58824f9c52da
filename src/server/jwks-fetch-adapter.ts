const TIMEOUT_MS = 5_000;
const BYTES_MOST = 256 * 1024;

/** The JSON that an address answers with, within bounds of time and size, without following it anywhere else. */
export async function fetchKeySet(url: URL): Promise<unknown> {
  const response = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status !== 200 || response.body === null) throw new Error(`${url.host} answered ${response.status}.`);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body) {
    bytes += part.byteLength;
    if (bytes > BYTES_MOST) throw new Error(`${url.host} answered with more than ${BYTES_MOST} bytes.`);
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}
