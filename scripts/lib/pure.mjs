// Tells bundlers what of a module may be left out. A class whose body runs something (a computed key, a static block, a
// superclass) and an object that spreads another could have effects, for all that a bundler knows: esbuild keeps them, and
// all that they name. None of ours has any, so each is made by a call that is marked as pure.
//
// It is done last, on the minified text, since a minifier would undo it.

import { parseAst } from 'rollup/parseAst';

/** Whether an object spreads another, here or in an object within it. */
const spreads = ({ type, properties }) =>
  type === 'ObjectExpression' &&
  properties.some((property) => property.type === 'SpreadElement' || spreads(property.value));

/** What to put before and after a value that bundlers keep and need not, and where; or nothing. */
function marksOf({ id, init }) {
  if (init?.type === 'ClassExpression') {
    const { start, end } = init;
    const opening = { at: start, text: '/*@__PURE__*/(()=>' };
    const closing = { at: end, text: ')()' };
    // A class without a name of its own has that of its variable, and shall keep it.
    const name = { at: start + 'class'.length, text: ` ${id.name}` };
    return init.id === null ? [opening, name, closing] : [opening, closing];
  }
  if (init && spreads(init)) {
    return [
      { at: init.start, text: '/*@__PURE__*/(()=>(' },
      { at: init.end, text: '))()' },
    ];
  }
  return [];
}

/** `source`, a module, with the values of its variables marked. */
export function markPure(source) {
  const marks = parseAst(source)
    .body.map((node) => (node.type === 'ExportNamedDeclaration' ? node.declaration : node))
    .filter((node) => node?.type === 'VariableDeclaration')
    .flatMap(({ declarations }) => declarations.flatMap(marksOf));
  let marked = '';
  let done = 0;
  for (const { at, text } of marks) {
    marked += source.slice(done, at) + text;
    done = at;
  }
  return marked + source.slice(done);
}
