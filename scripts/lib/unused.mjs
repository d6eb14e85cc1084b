// Takes out of a module what nothing uses, and what an optimiser must keep, for all that it knows.
//
// 1. Panics. One of ours traps without a word, whatever it was told. So the functions that lead there trap at once, and
//    wasm-opt drops what they were given, which is two bytes in a hundred.
// 2. wasm-bindgen's table of JavaScript values, with what fills it: our exports take numbers.
// 3. What panics would say, and the names of all source files: data that nothing reads then (4 KB).

const DATA = 11;
const DATA_COUNT = 12;

/** What core ends in when it panics: under `panicking`, and where the checks of slices fail. */
const PANIC = /^core\b.*(::panicking::|_fail$)/;

/** `bytes`, with the names of their functions, without ways to panic and exports of wasm-bindgen: for wasm-opt to clean up. */
export function withoutGlue(binaryen, bytes) {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(binaryen.Features.All);
  let panics = 0;
  for (let i = 0; i < module.getNumFunctions(); i += 1) {
    const found = binaryen.Function(module.getFunctionByIndex(i));
    if (!PANIC.test(found.name)) continue;
    if (returns(binaryen, module, found.body))
      throw new Error(`${found.name} is taken for a way to panic, and returns.`);
    found.body = module.unreachable();
    panics += 1;
  }
  if (panics === 0) throw new Error('No function is named as those that panic: core calls them something else now.');
  const exports = Array.from({ length: module.getNumExports() }, (_, i) => module.getExportByIndex(i));
  for (const { name } of exports.map(binaryen.getExportInfo)) if (name.startsWith('__')) module.removeExport(name);
  binaryen.setDebugInfo(true);
  const named = module.emitBinary();
  // It holds for whatever else is emitted in this run.
  binaryen.setDebugInfo(false);
  return named;
}

/** Whether a function of that body can come back, by its end or before it. */
function returns(binaryen, module, body) {
  const ends = binaryen.getExpressionType(body) !== binaryen.unreachable;
  return ends || (binaryen.getSideEffects(body, module) & binaryen.SideEffects.Branches) !== 0;
}

/** What lies so closely before data may be where a table begins that is read from its third entry on. */
const NEAR = 65536;

/**
 * `bytes` without their data, unless something names an address in them: in a constant of any kind, or an offset. (Where a
 * closure is called through a table of functions that lies in data, as `dyn` is when LLVM cannot tell which it is, its
 * address is such a constant.)
 */
export function withoutData(binaryen, bytes) {
  const module = binaryen.readBinary(bytes);
  const text = module.emitText();
  const data = [...text.matchAll(/^ \(data \S+ \(i32\.const (\d+)\) "(.*)"\)$/gm)].map(([line, start, content]) => ({
    line,
    start: Number(start),
    end: Number(start) + content.replace(/\\([0-9a-f]{2}|.)/g, '.').length,
  }));
  if (data.length !== module.getNumDataSegments()) throw new Error('There are data that lie who knows where.');
  for (const address of numbers(data.reduce((rest, { line }) => rest.replace(line, ''), text))) {
    const found = data.find(({ start, end }) => start - NEAR <= address && address <= end);
    if (found) throw new Error(`Something reads the module's data at ${address}: it must keep them.`);
  }
  return Buffer.concat([bytes.subarray(0, 8), ...sections(bytes).filter(isNeeded)]);
}

/** Every number of 32 bits in `text`, but for where the stack begins, which is where data do. */
function* numbers(text) {
  const globals = /^ \(global \S+ \(mut i32\) \(i32\.const \d+\)\)$/m;
  const rest = text.replace(globals, '');
  for (const [, value] of rest.matchAll(/(?:i32\.const |offset=)(-?\d+)/g)) yield Number(value) >>> 0;
  for (const [, value] of rest.matchAll(/i64\.const (-?\d+)/g)) {
    const bits = BigInt.asUintN(64, BigInt(value));
    yield Number(bits & 0xffffffffn);
    yield Number(bits >> 32n);
  }
  for (const [, lanes] of rest.matchAll(/v128\.const i32x4 ((?:0x[0-9a-f]+ ?){4})/g))
    yield* lanes.trim().split(' ').map(Number);
}

const isNeeded = ([id]) => id !== DATA && id !== DATA_COUNT;

/** The sections of a module, each with its id and its length before it. */
function sections(bytes) {
  const found = [];
  for (let at = 8, start = at; at < bytes.length; start = at) {
    let length = 0;
    let shift = 0;
    do {
      at += 1;
      length |= (bytes[at] & 127) << shift;
      shift += 7;
    } while (bytes[at] & 128);
    at += 1 + length;
    found.push(bytes.subarray(start, at));
  }
  return found;
}
