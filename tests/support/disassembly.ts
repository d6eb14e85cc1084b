// Reads the text that binaryen's wasm-dis makes of a module: which functions call which, and what their loops do.

export interface CodeFunction {
  /** Names of the functions it calls. */
  calls: string[];
  /** Every instruction inside a loop, in order. */
  loopOps: string[];
}

export interface Code {
  functions: Map<string, CodeFunction>;
  /** From the name of an export to that of its function. */
  exports: Map<string, string>;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|;;[^\n]*|\(|\)|[^\s()";]+/g;

/** One pass over the s-expressions, with the heads of all that are open on a stack. */
export function disassemble(text: string): Code {
  const code: Code = { functions: new Map(), exports: new Map() };
  const open: string[] = [];
  let loops = 0;
  let current: CodeFunction | undefined;
  const tokens = text.match(TOKEN) ?? [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === ')') {
      const head = open.pop();
      if (head === 'loop') loops -= 1;
      if (open.length === 1 && head === 'func') current = undefined;
    } else if (tokens[i] === '(') {
      const head = tokens[++i]!;
      const operand = tokens[i + 1]!;
      open.push(head);
      if (head === 'loop') loops += 1;
      else if (head === 'func' && open.length === 2) {
        current = { calls: [], loopOps: [] };
        code.functions.set(operand, current);
      } else if (head === 'export' && tokens[i + 3] === 'func') {
        code.exports.set(JSON.parse(operand), tokens[i + 4]!);
      } else if (current) {
        if (/^(return_)?call$|^ref\.func$/.test(head)) current.calls.push(operand);
        if (loops > 0) current.loopOps.push(head);
      }
    }
  }
  return code;
}

/** An exported function and all that it calls directly: what goes through a table does not count. */
export function reachable(code: Code, name: string): CodeFunction[] {
  const start = code.exports.get(name);
  if (start === undefined) throw new Error(`the module exports no function ${name}`);
  const seen = new Set([start]);
  for (const at of seen) for (const next of code.functions.get(at)?.calls ?? []) seen.add(next);
  return [...seen].flatMap((at) => code.functions.get(at) ?? []);
}
