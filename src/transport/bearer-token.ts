/** The token of an `Authorization: Bearer ...` header. */
export function bearerToken(header: string | undefined): string | undefined {
  return header?.match(/^Bearer +([^ ]+)$/i)?.[1];
}
