import { posix } from 'node:path';
import { listFiles, readText } from './source-files.ts';

/** A fenced block of code: ```` ```ts run file=play.ts ```` has the language `ts` and the words `run` and `file=play.ts`. */
export type CodeBlock = {
  readonly page: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly words: ReadonlySet<string>;
  /** Value of `file=`. */
  readonly file: string | undefined;
  /** Value of `serve=`: a definition to be served while the block runs. */
  readonly serve: string | undefined;
  readonly text: string;
};

/** Every page that people read. */
export function listPages(): string[] {
  return listFiles('*.md', 'docs/**/*.md', 'examples/**/*.md', 'bench/**/*.md', 'prove/**/*.md');
}

const FENCE = /^```(\S*) ?(.*)$/;

export function readCodeBlocks(page: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = readText(page).split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const opening = FENCE.exec(lines[index] ?? '');
    if (opening === null) continue;
    const end = lines.indexOf('```', index + 1);
    if (end === -1) throw new Error(`${page}:${index + 1}: the code block is not closed`);
    blocks.push(makeBlock(page, index + 1, opening, lines.slice(index + 1, end).join('\n')));
    index = end;
  }
  return blocks;
}

function makeBlock(page: string, line: number, opening: RegExpExecArray, text: string): CodeBlock {
  const words = (opening[2] ?? '').split(' ').filter((word) => word !== '');
  const valueOf = (key: string): string | undefined => words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  return { page, line, language: opening[1] ?? '', words: new Set(words), file: valueOf('file'), serve: valueOf('serve'), text };
}

export type Link = { readonly page: string; readonly to: string };

/** Links of a page to other places of the repository, code left out. */
export function readLocalLinks(page: string): Link[] {
  const prose = readText(page)
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)|<(?:a|img)\s[^>]*(?:href|src)="([^"]+)"/g)]
    .map((match) => match[1] ?? match[2] ?? '')
    .filter((to) => !/^[a-z]+:/.test(to))
    .map((to) => ({ page, to }));
}

/** Path of the file that a link leads to, and the heading in it. */
export function targetOf(link: Link): { readonly path: string; readonly anchor: string | undefined } {
  const [path = '', anchor] = link.to.split('#');
  return { path: path === '' ? link.page : posix.join(posix.dirname(link.page), path), anchor };
}

/** The anchors of a page's headings, made as the usual hosts make them. */
export function readAnchors(page: string): string[] {
  return [...readText(page).matchAll(/^#{1,6} (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}
