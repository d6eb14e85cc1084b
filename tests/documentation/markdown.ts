// Reads the project's Markdown as its tests need it: fenced blocks with the hidden comments around them, links, anchors.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Hidden comments that say how a block is checked. Before it:
 *
 *     <!-- given
 *     code that comes first, and that readers need not see
 *     -->
 *     <!-- continues -->         the program starts with the block before, whatever that one has
 *     <!-- throws STATE -->      it ends with an error of this code
 *     <!-- refused: words -->    the compiler refuses it, with these words
 *     <!-- compiled: reason -->  it is compiled, but cannot run here
 *     <!-- module -->            it is imported by the other blocks of its section, under the name in its first line
 *
 * and after it
 *
 *     <!-- then
 *     code that comes last: assertions
 *     -->
 */
export interface Block {
  readonly document: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** The heading above. */
  readonly section: string;
  readonly directives: ReadonlyMap<string, string>;
  /** Hidden code before and after, each with the line it starts on. */
  readonly given: readonly Piece[];
  readonly after: readonly Piece[];
}

export interface Piece {
  readonly line: number;
  readonly code: string;
}

const KNOWN = ['given', 'continues', 'throws', 'refused', 'compiled', 'module', 'then'];

/** Every document of the project, by its path from `root`. */
export function documents(root: string): string[] {
  const papers = readdirSync(root).filter((name) => name.endsWith('.md'));
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.md'),
  );
  return [...papers, ...docs.map((path) => join('docs', path))].sort();
}

/** A token of a document: a comment, a fenced block, or other text. */
const TOKEN = /^<!--([\s\S]*?)-->|^```([^\n]*)\n([\s\S]*?)^```[ \t]*$|^(#{1,6} .*)$/gm;

export function blocksOf(document: string, text: string): Block[] {
  const blocks: (Block & { given: Piece[]; after: Piece[]; directives: Map<string, string> })[] = [];
  let section = '';
  let end = 0;
  let pending: { given: Piece[]; directives: Map<string, string> } | null = null;
  for (const token of text.matchAll(TOKEN)) {
    const [whole, comment, info, code, heading] = token;
    const between = text.slice(end, token.index);
    end = token.index + whole.length;
    const line = text.slice(0, token.index).split('\n').length;
    const adjacent = between.trim() === '';
    const last = blocks.at(-1);
    if (!adjacent && pending !== null)
      throw new Error(`${document}:${line}: a comment about no block stands before this`);
    if (heading !== undefined) {
      section = heading;
    } else if (comment !== undefined) {
      const word = /^\s*(\w+)/.exec(comment)?.[1] ?? '';
      if (!KNOWN.includes(word)) continue;
      const body = comment.slice(comment.indexOf(word) + word.length).replace(/^:/, '');
      const piece = { line, code: body };
      if (word === 'then') {
        if (last === undefined || !adjacent) throw new Error(`${document}:${line}: "then" follows no block`);
        last.after.push(piece);
        continue;
      }
      pending ??= { given: [], directives: new Map() };
      if (word === 'given') pending.given.push(piece);
      else pending.directives.set(word, body.trim());
    } else {
      const language = (info as string).trim().split(/\s/)[0] ?? '';
      const { given, directives } = pending ?? { given: [], directives: new Map() };
      blocks.push({ document, line, language, code: code as string, section, directives, given, after: [] });
      pending = null;
    }
  }
  return blocks;
}

/** The text without fenced blocks and comments. */
export function proseOf(text: string): string {
  return text.replace(TOKEN, (whole, _comment, _info, _code, heading) => (heading === undefined ? '' : whole));
}

/** The anchors of a document, as GitHub (and the site) makes them of its headings. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of proseOf(text).matchAll(/^#{1,6} (.*)$/gm)) {
    const base = slug(heading as string);
    let anchor = base;
    for (let i = 1; anchors.has(anchor); i++) anchor = `${base}-${i}`;
    anchors.add(anchor);
  }
  return anchors;
}

export function slug(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

/** The targets of all links and images. */
export function linksOf(text: string): string[] {
  return [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string);
}

export function read(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function exists(root: string, path: string): boolean {
  return existsSync(join(root, path));
}
