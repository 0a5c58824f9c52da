import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/** First bytes of the pages of a tree: index or table, inner or leaf. Other pages begin with a page number, see below. */
const INNER = new Set([2, 5]);
const LEAVES = new Set([10, 13]);
/** A larger page number could begin as the pages of a tree do; 128 GiB with pages of 4 KiB. */
const MAX_PAGES = 0x02000000;
const FILE_HEADER_BYTES = 100;

/**
 * Overwrites the unused stretch of the pages of a SQLite file (format: https://sqlite.org/fileformat2.html, 1.6). With
 * `secure_delete` SQLite overwrites what it deletes, but not what it moves from one page to another: copies of moved cells
 * stay between a page's cell pointers and its cells, and outlive the deletion of the cells themselves.
 *
 * Nothing reads that stretch, so it may be overwritten under a reader; but whoever writes must not have the page in a
 * cache or in a write-ahead log.
 */
export class PageScrubber {
  readonly #path: string;
  #file: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Scrubs up to `count` pages from page `first` (0 is the first) on. Returns the page to go on with; undefined at the end. */
  scrub(first: number, count: number): number | undefined {
    this.#file ??= openSync(this.#path, 'r+');
    const file = this.#file;
    const pageBytes = readPageBytes(file);
    const pages = Math.min(Math.floor(fstatSync(file).size / pageBytes), MAX_PAGES);
    const end = Math.min(first + count, pages);
    const bytes = Buffer.alloc(Math.max(0, end - first) * pageBytes);
    readSync(file, bytes, 0, bytes.length, first * pageBytes);
    let hasWritten = false;
    for (let page = first; page < end; page += 1) {
      const gap = gapOf(bytes.subarray((page - first) * pageBytes, (page - first + 1) * pageBytes), page === 0 ? FILE_HEADER_BYTES : 0);
      if (gap === undefined) continue;
      writeSync(file, Buffer.alloc(gap.end - gap.start), 0, gap.end - gap.start, page * pageBytes + gap.start);
      hasWritten = true;
    }
    if (hasWritten) fdatasyncSync(file);
    return end < pages ? end : undefined;
  }

  /** Only once SQLite has closed the file: closing any handle gives up all locks that this process has on it. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

function readPageBytes(file: number): number {
  const header = Buffer.alloc(2);
  readSync(file, header, 0, 2, 16);
  const bytes = header.readUInt16BE(0);
  return bytes === 1 ? 65_536 : bytes;
}

/** The unused stretch of a page of a tree, unless it is clean; undefined for other pages, and for one that makes no sense. */
function gapOf(page: Buffer, at: number): { start: number; end: number } | undefined {
  const kind = page.readUInt8(at);
  if (!INNER.has(kind) && !LEAVES.has(kind)) return undefined;
  const start = at + (INNER.has(kind) ? 12 : 8) + 2 * page.readUInt16BE(at + 3);
  const end = page.readUInt16BE(at + 5) || 65_536;
  if (start >= end || end > page.length) return undefined;
  return page.subarray(start, end).every((byte) => byte === 0) ? undefined : { start, end };
}
