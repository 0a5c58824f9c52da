/** An HTTP request of a test. */
export function requestOver(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, init);
}
