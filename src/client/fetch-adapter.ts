/** The part of `fetch` that the client uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The global `fetch`, looked up at each call so that it can be replaced. */
export const webFetch: Fetch = (url, init) => fetch(url, init);
