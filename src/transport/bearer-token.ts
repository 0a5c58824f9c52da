/** The token of an `Authorization: Bearer ...` header. */
export function bearerToken(header: string | undefined): string | undefined {
  return header?.match(/^Bearer +([^ ]+)$/i)?.[1];
}

const CREDENTIAL = /^((access|id|auth|bearer|refresh|guest|invite)[_-]?)?token$|^(jwt|bearer|authorization|password)$/i;

/** True when a URL carries a credential in its query, however that is written: there it would end up in logs and histories. */
export function hasTokenInUrl(url: string): boolean {
  const query = url.split('#', 1)[0]?.split('?').slice(1).join('?') ?? '';
  return [...new URLSearchParams(query).keys()].some((name) => CREDENTIAL.test(name.trim()));
}
