// Takes out of a module the messages of Rust's panics: a panic of ours traps without a word, but what it would say, and
// the names of all source files, stay behind as data that nothing reads (4 KB, of which brotli leaves 1.4).

const DATA = 11;
const DATA_COUNT = 12;

/** `bytes` without their data, unless some function names an address in it. */
export function withoutMessages(binaryen, bytes) {
  const text = binaryen.readBinary(bytes).emitText();
  const data = [...text.matchAll(/^ \(data \S+ \(i32\.const (\d+)\) "(.*)"\)$/gm)].map(([, start, content]) => ({
    start: Number(start),
    end: Number(start) + content.replace(/\\([0-9a-f]{2}|.)/g, '.').length,
  }));
  const functions = text.slice(text.indexOf('\n (func '));
  for (const [, value] of functions.matchAll(/(?:i32\.const -?|offset=)(\d+)\b/g)) {
    const segment = data.find(({ start, end }) => start <= Number(value) && Number(value) < end);
    if (segment) throw new Error(`A function reads the module's data at ${value}: it must keep them.`);
  }
  return Buffer.concat([bytes.subarray(0, 8), ...sections(bytes).filter(isNeeded)]);
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
