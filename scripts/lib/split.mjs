// Takes a module of WebAssembly apart into streams of bytes of one kind (which instruction, which local, which offset, …).
// Each repeats itself, where all in turn do not: after brotli they are a sixth smaller than the module is.
// ts/runtime/unpack.wat puts it together again, and knows nothing of WebAssembly for it. What it reads:
//
// - where each stream begins, 4 bytes each
// - a dictionary, 8 bytes for each word: up to four bytes that it begins with, and how many those are; four times the
//   number of the stream that the rest is in; how many numbers that has, and the largest byte that ends a number
//   (127 in LEB128, 255 where every byte is one)
// - the streams; the last is of words, by their places in the dictionary

// Their order decides about 0.2 KB; this is one of the better.
const STREAMS = ['locals', 'integers', 'offsets', 'floats', 'rest', 'calls', 'branches', 'words'];

/** An integer that comes so often is a word with its instruction: 0.3 KB less than all of them in their stream. */
const OFTEN = 100;

/** So many bytes of a word may come first. */
const LONGEST = 4;

const CODE = 10;

/** Reads `bytes` from `at` on. */
class Reader {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }
  take(count) {
    const start = this.at;
    this.at += count;
    if (this.at > this.bytes.length) throw new Error('The module ends in the middle of something.');
    return [...this.bytes.subarray(start, this.at)];
  }
  number() {
    let count = 1;
    while (this.bytes[this.at + count - 1] > 127) count += 1;
    return this.take(count);
  }
}

const decoded = (number) => number.reduceRight((value, byte) => value * 128 + (byte & 127), 0);

/** A word and what follows it: `count` numbers of LEB128, or that many bytes. */
const word = (begin, stream = 'rest', count = 0, last = 127) => ({ begin, stream, count, last });

/** A byte as it is. */
const RAW = word([], 'rest', 1, 255);

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

/**
 * The word that the next instruction is. What differs little from place to place (alignment, types) is part of it. One that
 * is taken for another costs bytes, and no more: whatever is read here is put together again.
 */
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
      return word([code], 'integers', 1);
    case 0x43:
      return word([code], 'floats', 4, 255);
    case 0x44:
      return word([code], 'floats', 8, 255);
    case 0xfc: {
      const operation = reader.number();
      const rest = { 10: 2, 11: 1 }[decoded(operation)] ?? 0;
      return word([code, ...operation, ...reader.take(rest)]);
    }
    default:
      throw new Error(`scripts/lib/split.mjs does not know the instruction 0x${code.toString(16)}.`);
  }
}

/** What is left until `end`, byte by byte. */
function* rawWords(reader, end) {
  while (reader.at < end) yield { ...RAW, follows: reader.take(1) };
}

/** The words of a function, each with the bytes that follow it; its size and its locals are bytes as they are. */
function* functionWords(reader) {
  const header = new Reader(reader.bytes, reader.at);
  const size = decoded(header.number());
  const end = header.at + size;
  const groups = decoded(header.number());
  for (let i = 0; i < groups; i += 1) {
    header.number();
    header.take(1);
  }
  yield* rawWords(reader, header.at);
  while (reader.at < end) {
    const found = instruction(reader);
    const next = () => (found.last === 127 ? reader.number() : reader.take(1));
    yield { ...found, follows: Array.from({ length: found.count }, next).flat() };
  }
}

/** The words of a module. */
function* moduleWords(bytes) {
  const reader = new Reader(bytes, 0);
  yield* rawWords(reader, 8);
  while (reader.at < bytes.length) {
    const header = new Reader(bytes, reader.at);
    const [section] = header.take(1);
    const size = decoded(header.number());
    const end = header.at + size;
    if (section === CODE) {
      const functions = decoded(header.number());
      yield* rawWords(reader, header.at);
      for (let i = 0; i < functions; i += 1) yield* functionWords(reader);
    }
    yield* rawWords(reader, end);
  }
}

/** `words`, in which integers that come often are words of their own. */
function withIntegers(words) {
  const integers = words.map(({ stream, begin, follows }) => (stream === 'integers' ? [...begin, ...follows] : null));
  const uses = new Map();
  for (const integer of integers) uses.set(`${integer}`, (uses.get(`${integer}`) ?? 0) + 1);
  return words.map((found, i) => {
    const integer = integers[i];
    const often = integer !== null && integer.length <= LONGEST && uses.get(`${integer}`) >= OFTEN;
    return often ? { ...word(integer), follows: [] } : found;
  });
}

/** `bytes`, a module, taken apart. */
export function split(bytes) {
  const streams = Object.fromEntries(STREAMS.map((name) => [name, []]));
  const dictionary = new Map();
  for (const { follows, ...entry } of withIntegers([...moduleWords(bytes)])) {
    const key = JSON.stringify(entry);
    const known = dictionary.get(key) ?? { ...entry, uses: 0 };
    known.uses += 1;
    dictionary.set(key, known);
    streams.words.push(known);
    streams[entry.stream].push(...follows);
  }
  // The most frequent first: their places take one character.
  const words = [...dictionary.values()].sort((a, b) => b.uses - a.uses);
  if (words.length > 256 || words.some(({ begin, count }) => begin.length > LONGEST || count > 255)) {
    throw new Error('The dictionary of instructions does not fit its format.');
  }
  const places = new Map(words.map((entry, i) => [entry, i]));
  streams.words = streams.words.map((entry) => places.get(entry));

  const entries = words.flatMap(({ begin, stream, count, last }) => [
    ...Array.from({ length: LONGEST }, (_, i) => begin[i] ?? 0),
    begin.length,
    4 * STREAMS.indexOf(stream),
    count,
    last,
  ]);
  let end = 4 * STREAMS.length + entries.length;
  const starts = STREAMS.map((name) => {
    const start = end;
    end += streams[name].length;
    return start;
  });
  const addresses = new Uint8Array(Uint32Array.from(starts).buffer);
  return Uint8Array.from([...addresses, ...entries, ...STREAMS.flatMap((name) => streams[name])]);
}
