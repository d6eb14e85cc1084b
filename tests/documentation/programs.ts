// Makes programs of the blocks of the documentation: what a reader sees, with the hidden code before and after it. Each
// line stays on the line it has in its document, so that whoever complains about it names the right one.

import type { Block } from './markdown.ts';

export interface Program {
  readonly block: Block;
  /** The file's name, without its extension. */
  readonly name: string;
  readonly folder: string;
  readonly extension: 'ts' | 'tsx';
  readonly source: string;
}

const IMPORT = /^import (type )?(?:(\w+)(?:, )?)?(?:\{([^}]*)\} )?from ('[^']+'|"[^"]+");/gm;

/** Leaves out what an earlier piece has imported already. */
function withoutRepeats(code: string, imported: Set<string>): string {
  return code.replace(
    IMPORT,
    (whole, type: string | undefined, base: string | undefined, names: string | undefined, from) => {
      const fresh = (name: string): boolean => {
        const key = `${name.trim().replace(/^type /, '')} ${from}`;
        if (imported.has(key)) return false;
        imported.add(key);
        return true;
      };
      const kept = (names ?? '').split(',').filter((name) => name.trim() !== '' && fresh(name));
      const keptBase = base !== undefined && fresh(`default ${base}`) ? base : undefined;
      // A statement over several lines stays as many lines.
      const lines = '\n'.repeat(whole.split('\n').length - 1);
      if (kept.length === 0 && keptBase === undefined) return lines;
      const list = kept.length === 0 ? '' : `{${kept.join(',').replace(/\n/g, ' ')} }`;
      return `import ${type ?? ''}${[keptBase, list].filter(Boolean).join(', ')} from ${from};${lines}`;
    },
  );
}

/** The pieces of a block in their order: hidden code, its own, hidden code. */
function piecesOf(block: Block): { line: number; code: string }[] {
  return [...block.given, { line: block.line + 1, code: block.code }, ...block.after];
}

function sourceOf(blocks: readonly Block[]): string {
  const imported = new Set<string>();
  const lines: string[] = [];
  for (const { line, code } of blocks.flatMap(piecesOf)) {
    const own = withoutRepeats(code, imported).split('\n');
    while (lines.length < line - 1) lines.push('');
    // Code on the line where the piece before ends.
    own.forEach((text, i) => {
      lines[line - 1 + i] = `${lines[line - 1 + i] ?? ''}${text}`;
    });
  }
  return `${lines.join('\n')}\nexport {};\n`;
}

/** The name that the first line of a block gives it: `// worker.ts`. */
export function nameOf(block: Block): string | null {
  return /^\/\/ ([\w-]+)\.tsx?\n/.exec(block.code)?.[1] ?? null;
}

/** The programs of one document's blocks. */
export function programsOf(blocks: readonly Block[]): Program[] {
  const code = blocks.filter(({ language }) => /^tsx?$|^js$/.test(language));
  return code.map((block, i) => {
    const before: Block[] = [];
    for (let at = i; code[at]?.directives.has('continues') && at > 0; at--) before.unshift(code[at - 1] as Block);
    const place = block.document.replace(/\.(md|ts)$/, '').replace(/\W+/g, '-');
    const section = block.section.replace(/\W+/g, '-');
    return {
      block,
      name: nameOf(block) ?? `line-${block.line}`,
      folder: `${place}/${section}`,
      extension: block.language === 'tsx' ? 'tsx' : 'ts',
      source: sourceOf([...before, block]),
    };
  });
}
