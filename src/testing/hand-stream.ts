import type { Fetch } from '../client/fetch-adapter.ts';
import type { ServerFrame } from '../protocol/frames.ts';

type Posted = { readonly route: string; readonly headers: Readonly<Record<string, string>>; readonly body: unknown };

/** A server's event streams and frame routes, whose other end is the test. */
export class HandStreams {
  /** Every request, in order. */
  readonly posts: Posted[] = [];
  /** Answers instead of a stream, or of a 204, as long as it is there. */
  refusal: { readonly status: number; readonly error?: object } | undefined;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;

  readonly fetch: Fetch = async (url, init) => {
    const route = new URL(url).pathname.split('/').at(-1) ?? '';
    this.posts.push({ route, headers: Object.fromEntries(new Headers(init.headers)), body: JSON.parse(typeof init.body === 'string' ? init.body : 'null') });
    if (this.refusal !== undefined) {
      const { status, error } = this.refusal;
      return error === undefined ? new Response('a page of a proxy', { status }) : Response.json({ error }, { status });
    }
    if (route === 'frames') return new Response(null, { status: 204 });
    return new Response(
      new ReadableStream({
        start: (controller) => {
          this.#stream = controller;
          init.signal?.addEventListener('abort', () => controller.error(new Error('aborted')));
        },
      }),
    );
  };

  /** Sends frames down the newest stream. */
  say(...frames: ServerFrame[]): void {
    for (const frame of frames) this.write(`data: ${JSON.stringify(frame)}\n\n`);
  }

  write(text: string): void {
    this.#stream?.enqueue(new TextEncoder().encode(text));
  }

  /** The newest stream ends. */
  end(): void {
    this.#stream?.close();
  }

  /** Every frame that came up by POST. */
  get frames(): readonly unknown[] {
    return this.posts.filter(({ route }) => route === 'frames').flatMap(({ body }) => body as unknown[]);
  }
}
