import { readFile, stat } from 'node:fs/promises';
import { extname, join, normalize, resolve, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

const PAGE_POLICY =
  "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/** Build tools put a hash of the content into the names below `assets/`, so these never change. */
const UNCHANGING = /\/assets\/[^/]+-[\w-]{8,}\.\w+$/;

/** Serves the files of a built web page; addresses that are no file get the page itself, which has its own routes. */
export function staticFiles(dir: string): (request: Request, path: string) => Promise<Response | undefined> {
  const root = resolve(dir);
  return async (request, path) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const wished = insideOf(root, path);
    if (wished === undefined) return undefined;
    const file = (await readable(wished)) ?? (wantsPage(request, path) ? await readable(join(root, 'index.html')) : undefined);
    return file === undefined ? undefined : answer(request, file, path);
  };
}

type Readable = { readonly path: string; readonly tag: string };

function insideOf(root: string, path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0') || decoded.split(/[/\\]/).some((part) => part.startsWith('.') && part !== '')) return undefined;
  const full = normalize(join(root, decoded === '' || decoded.endsWith('/') ? `${decoded}/index.html` : decoded));
  return full.startsWith(root + sep) ? full : undefined;
}

async function readable(path: string): Promise<Readable | undefined> {
  try {
    const facts = await stat(path);
    return facts.isFile() ? { path, tag: `"${facts.size.toString(36)}-${Math.trunc(facts.mtimeMs).toString(36)}"` } : undefined;
  } catch {
    return undefined;
  }
}

function wantsPage(request: Request, path: string): boolean {
  return extname(path) === '' && !path.startsWith('/v1/') && (request.headers.get('accept') ?? '').includes('text/html');
}

async function answer(request: Request, { path, tag }: Readable, asked: string): Promise<Response> {
  const type = TYPES[extname(path)] ?? 'application/octet-stream';
  const headers = new Headers({ 'content-type': type, 'etag': tag });
  headers.set('cache-control', UNCHANGING.test(asked) ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (type.startsWith('text/html')) headers.set('content-security-policy', PAGE_POLICY);
  if (request.headers.get('if-none-match') === tag) return new Response(null, { status: 304, headers });
  return new Response(request.method === 'HEAD' ? null : await readFile(path), { headers });
}
