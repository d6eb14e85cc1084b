// A plugin for typedoc: sorts what is exported under the headings of ts/library.ts, in its order.

import { readFileSync } from 'node:fs';
import { Comment, CommentTag, Converter } from 'typedoc';

const LIBRARY = new URL('../../ts/library.ts', import.meta.url);

/** Each exported name with its heading, in the order of the file. */
export function headings(source = readFileSync(LIBRARY, 'utf8')) {
  const found = new Map();
  let heading = null;
  for (const [, comment, names] of source.matchAll(/^\/\/ ([A-Z]\w+)\.$|^export (?:type )?\{([^}]*)\}/gm)) {
    if (comment !== undefined) heading = comment;
    else for (const name of names.split(',')) found.set(name.trim().replace(/^type /, ''), heading);
  }
  return found;
}

export function load({ converter, logger }) {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const known = headings();
    for (const child of project.children ?? []) {
      const heading = known.get(child.name);
      if (heading === undefined) logger.error(`ts/library.ts does not export ${child.name}`);
      // A function's comment is that of its signature.
      for (const reflection of child.signatures ?? [child]) {
        reflection.comment ??= new Comment();
        reflection.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: heading ?? 'Other' }]));
      }
    }
  });
}
