/** The token of an `Authorization: Bearer ...` header. */
export function bearerToken(header: string | undefined): string | undefined {
  return header?.match(/^Bearer +([^ ]+)$/i)?.[1];
}

/** True when a URL carries a credential in its query: there it would end up in logs and histories. */
export function hasTokenInUrl(url: string): boolean {
  return /[?&](access_)?token=/i.test(url);
}
