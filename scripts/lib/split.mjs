// Takes a module of WebAssembly apart into streams of bytes of one kind (which instruction, which local, which offset, …).
// Each repeats itself, where all in turn do not: after brotli they are a seventh smaller than the module is.
// ts/runtime/unpack.wat puts it together again, and knows nothing of WebAssembly for it. What it reads:
//
// - where each stream begins, 4 bytes each
// - a dictionary, 8 bytes for each word: up to four bytes that it begins with, and how many those are; four times the
//   number of the stream that the rest is in; how many numbers that has, and the largest byte that ends a number
//   (127 in LEB128, 255 where every byte is one)
// - the streams; the last is of words, by their places in the dictionary

const STREAMS = ['words', 'rest', 'calls', 'branches', 'constants', 'offsets', 'locals'];

const CODE = 10;

/** A byte as it is. */
const RAW = { begin: [], stream: 'rest', count: 1, last: 255 };

/** Reads `bytes` from `at` on. */
class Reader {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }
  take(count) {
    this.at += count;
    return [...this.bytes.subarray(this.at - count, this.at)];
  }
  number() {
    const start = this.at;
    while (this.bytes[this.at] > 127) this.at += 1;
    this.at += 1;
    return [...this.bytes.subarray(start, this.at)];
  }
}

const decoded = (number) => number.reduceRight((value, byte) => value * 128 + (byte & 127), 0);

/** A word and what follows it: `count` numbers of LEB128, or that many bytes. */
const word = (begin, stream = 'rest', count = 0, last = 127) => ({ begin, stream, count, last });

/** The word that the vector instruction after its prefix is. */
function vectorWord(reader) {
  const operation = reader.number();
  const code = decoded(operation);
  const begin = [0xfd, ...operation];
  if (code <= 11 || code === 92 || code === 93) return word([...begin, ...reader.number()], 'offsets', 1);
  if (code === 12 || code === 13) return word(begin, 'rest', 16, 255);
  if (code >= 21 && code <= 34) return word(begin, 'rest', 1);
  if (code >= 84 && code <= 91) return word([...begin, ...reader.number()], 'offsets', 2);
  return word(begin);
}

/** The word that the next instruction is. What differs little from place to place (alignment, types) is part of it. */
function instruction(reader) {
  const [code] = reader.take(1);
  if (code === 0xfd) return vectorWord(reader);
  if (code >= 0x28 && code <= 0x3e) return word([code, ...reader.number()], 'offsets', 1);
  if (code >= 0x45 && code <= 0xc4) return word([code]);
  switch (code) {
    case 0x00:
    case 0x01:
    case 0x05:
    case 0x0b:
    case 0x0f:
    case 0x1a:
    case 0x1b:
      return word([code]);
    case 0x02:
    case 0x03:
    case 0x04:
    case 0x23:
    case 0x24:
    case 0x3f:
    case 0x40:
      return word([code, ...reader.number()]);
    case 0x0c:
    case 0x0d:
      return word([code], 'branches', 1);
    case 0x0e: {
      const targets = decoded(new Reader(reader.bytes, reader.at).number());
      return word([code], 'branches', targets + 2);
    }
    case 0x10:
      return word([code], 'calls', 1);
    case 0x11:
    case 0x1c:
      return word([code, ...reader.number(), ...reader.number()]);
    case 0x20:
    case 0x21:
    case 0x22:
      return word([code], 'locals', 1);
    case 0x41:
    case 0x42:
      return word([code], 'constants', 1);
    case 0x43:
      return word([code], 'rest', 4, 255);
    case 0x44:
      return word([code], 'rest', 8, 255);
    case 0xfc: {
      const operation = reader.number();
      const rest = { 10: 2, 11: 1 }[decoded(operation)] ?? 0;
      return word([code, ...operation, ...reader.take(rest)]);
    }
    default:
      throw new Error(`scripts/lib/split.mjs does not know the instruction 0x${code.toString(16)}.`);
  }
}

/** The words of a module, each with the bytes that follow it. */
function* wordsOf(bytes) {
  const reader = new Reader(bytes, 0);
  const raw = function* (end) {
    while (reader.at < end) yield { ...RAW, follows: reader.take(1) };
  };
  yield* raw(8);
  while (reader.at < bytes.length) {
    const section = bytes[reader.at];
    const begin = new Reader(bytes, reader.at + 1);
    const end = decoded(begin.number()) + begin.at;
    if (section === CODE) {
      const functions = decoded(begin.number());
      yield* raw(begin.at);
      for (let i = 0; i < functions; i += 1) yield* functionWords(bytes, reader, raw);
    }
    yield* raw(end);
  }
}

function* functionWords(bytes, reader, raw) {
  const header = new Reader(bytes, reader.at);
  const end = decoded(header.number()) + header.at;
  const groups = decoded(header.number());
  for (let i = 0; i < groups; i += 1) {
    header.number();
    header.take(1);
  }
  yield* raw(header.at);
  while (reader.at < end) {
    const { count, last, ...rest } = instruction(reader);
    const follows = Array.from({ length: count }, () => (last === 127 ? reader.number() : reader.take(1))).flat();
    yield { ...rest, count, last, follows };
  }
}

/** `bytes`, a module, taken apart. */
export function split(bytes) {
  const streams = Object.fromEntries(STREAMS.map((name) => [name, []]));
  const dictionary = new Map();
  for (const { follows, ...entry } of wordsOf(bytes)) {
    const key = JSON.stringify(entry);
    const known = dictionary.get(key) ?? { ...entry, uses: 0 };
    known.uses += 1;
    dictionary.set(key, known);
    streams.words.push(known);
    streams[entry.stream].push(...follows);
  }
  // The most frequent first: their places take one character.
  const words = [...dictionary.values()].sort((a, b) => b.uses - a.uses);
  if (words.length > 256) throw new Error('There are more kinds of instructions than a byte can tell apart.');
  const places = new Map(words.map((entry, i) => [entry, i]));
  streams.words = streams.words.map((entry) => places.get(entry));

  const entries = words.flatMap(({ begin, stream, count, last }) => [
    ...Array.from({ length: 4 }, (_, i) => begin[i] ?? 0),
    begin.length,
    4 * STREAMS.indexOf(stream),
    count,
    last,
  ]);
  const parts = [];
  const starts = new Array(STREAMS.length);
  let at = 4 * STREAMS.length + entries.length;
  for (const name of [...STREAMS].reverse()) {
    if (name === 'words') continue;
    starts[STREAMS.indexOf(name)] = at;
    parts.push(streams[name]);
    at += streams[name].length;
  }
  starts[0] = at;
  parts.push(streams.words);
  const header = starts.flatMap((start) => [start & 255, (start >> 8) & 255, start >> 16, 0]);
  return Uint8Array.from([...header, ...entries, ...parts.flat()]);
}
