// What hostile callers pass: every kind of value that is not what was asked for, or only looks like it.
import { type AnyTensor, BatchNorm, layerNormForward, type Tensor, tensor, zeros } from 'normlayers';
import { abroad, home, type World } from './world.ts';

export interface Recipe {
  readonly name: string;
  readonly make: (w: World) => unknown;
  /** Never good where a genuine object of ours is asked for. */
  readonly forged: boolean;
  /** An object of ours. */
  readonly genuine: boolean;
}

const values: [name: string, make: (w: World) => unknown][] = [];
const forgeries: typeof values = [];
const genuine: typeof values = [];

const plain = (name: string, value: unknown) => values.push([name, () => value]);

// Plain values.
for (const value of [
  null,
  undefined,
  true,
  false,
  5n,
  -1n,
  2n ** 70n,
  '',
  'x',
  '3',
  'train',
  'frozen',
  '__proto__',
  'constructor',
]) {
  plain(typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? 'undefined'), value);
}
for (const value of [0, -0, 1, -1, 2, 3, 6, 1.5, 1e-5, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32, 2 ** 53, 1e308]) {
  plain(Object.is(value, -0) ? '-0' : String(value), value);
}
plain('a symbol', Symbol('s'));
plain('a long string', 'long '.repeat(1000));
plain('a function', () => 1);
plain('an asynchronous function', async () => 1);
plain('a class', class Some {});
plain('a boxed number', Object(3));
plain('a boxed string', Object('abc'));
plain('a date', new Date(0));
plain('a regular expression', /x/);
plain('a map', new Map([['weight', 1]]));
plain('a set', new Set([1]));
plain('a promise', Promise.resolve(1));
plain('an error', new Error('value'));
plain('an object without prototype', Object.create(null));
plain('an empty object', {});
const argumentsOf = Function('return arguments') as (...given: number[]) => unknown;
plain('arguments', argumentsOf(2, 3));

// Array-likes, sparse, ragged and cyclic arrays, and extents that overflow.
for (const length of [3, -1, NaN, 1.5, 1e9, 2 ** 32, 2 ** 53, Infinity, '2', 2n, Symbol('length'), null, {}]) {
  plain(`an object of length ${String(length)}`, { length, 0: 2, 1: 3 });
}
const cyclic: unknown[] = [];
cyclic.push(cyclic);
const cyclicLater: unknown[] = [[1, 2]];
cyclicLater.push(cyclicLater);
let wide: unknown[] = new Array(60).fill(1);
for (let depth = 0; depth < 7; depth++) wide = new Array(60).fill(wide);
let deep: unknown = 1;
for (let depth = 0; depth < 12; depth++) deep = [deep];
const huge: unknown[] = [];
huge.length = 2 ** 32 - 1;
const arrays: Record<string, unknown> = {
  'no elements': [],
  'an empty row': [[]],
  holes: new Array(3),
  'nothing but length': huge,
  'rows that are nothing but length': [huge, huge],
  'a cycle': cyclic,
  'a cycle later on': cyclicLater,
  '60^8 elements': wide,
  'twelve levels': deep,
  'unequal rows': [[1, 2], [3]],
  'a row and a number': [[1], 2],
  'a number and a row': [1, [2]],
  text: ['a', 'b'],
  'numbers as text': ['2', '3'],
  bigints: [2n, 3n],
  'a symbol': [Symbol('s')],
  'a zero and a symbol': [0, Symbol('s')],
  null: [null],
  NaN: [NaN],
  objects: [{ valueOf: () => 2 }],
  'minus one': [-1],
  'minus ones': [-1, -1],
  'minus zero': [-0],
  'a fraction': [1.5, 2],
  'a negative': [2, -3],
  '2^53': [2 ** 53],
  '2^31': [2 ** 31],
  '2^32 bytes in all': [2 ** 15, 2 ** 15],
  '2^32 elements in all': [2 ** 16, 2 ** 16],
  '2^64 elements in all': [2 ** 32, 2 ** 32],
  'more than 2^1024 in all': new Array(40).fill(2 ** 40),
  'no elements among many': [2 ** 40, 0, 2 ** 52],
  infinity: [Infinity],
  '1000 ones': new Array(1000).fill(1),
  'the wrong extents': [5, 7],
};
for (const [name, array] of Object.entries(arrays)) plain(`an array with ${name}`, array);

// Typed arrays and buffers, whole and broken.
for (const View of [Int8Array, Uint8ClampedArray, Uint16Array, Float32Array, Float64Array]) {
  plain(`a ${View.name}`, View.of(1, 2, 3, 4));
}
plain('a BigInt64Array', BigInt64Array.of(1n, 2n));
plain('a BigUint64Array', BigUint64Array.of(1n));
plain('a DataView', new DataView(new ArrayBuffer(16)));
plain('an ArrayBuffer', new ArrayBuffer(16));
plain('a SharedArrayBuffer', new SharedArrayBuffer(16));
plain('a view of shared memory', new Float32Array(new SharedArrayBuffer(16)));
plain('an empty view', new Float32Array(0));
values.push([
  'a detached view',
  () => {
    const view = Float32Array.of(1, 2, 3, 4);
    structuredClone(view.buffer, { transfer: [view.buffer] });
    return view;
  },
]);
interface Resizable extends ArrayBuffer {
  resize(bytes: number): void;
}
const resizable = () =>
  new (ArrayBuffer as unknown as new (size: number, o: object) => Resizable)(32, { maxByteLength: 64 });
values.push(['a view of resizable memory', () => new Float32Array(resizable())]);
values.push([
  'a view that shrinking has left outside',
  () => {
    const buffer = resizable();
    const view = new Float32Array(buffer, 16, 4);
    buffer.resize(8);
    return view;
  },
]);
const tagged = (value: object, tag: string) => Object.defineProperty(value, Symbol.toStringTag, { value: tag });
plain('bigints that say they are floats', tagged(BigInt64Array.of(1n, 2n, 3n, 4n), 'Float32Array'));
plain('a DataView that says it is an array', tagged(new DataView(new ArrayBuffer(16)), 'Float32Array'));
plain('an object that says it is an array', tagged({ length: 4, 0: 1, 1: 2, 2: 3, 3: 4 }, 'Float32Array'));
plain('an object that says it is a bigint array', tagged({ length: 1, 0: Symbol('s') }, 'BigInt64Array'));
plain('an object that says it is a module', tagged({}, 'WebAssembly.Module'));
plain('a short array that says it is long', Object.defineProperty(Float32Array.of(1), 'length', { value: 4 }));
plain('a long array that says it is short', Object.defineProperty(new Float32Array(9), 'length', { value: 4 }));

// Objects whose keys matter, or that are put together to be taken for something else.
plain('an own __proto__', JSON.parse('{"__proto__": {"dx": true}, "length": 2}'));
plain('an own constructor', { constructor: 1, dx: true });
plain('unknown keys', { weights: 1, dX: true });
plain('data that is a method', { data: () => [1], shape: [1] });
plain('data without a shape', { data: Float32Array.of(1, 2) });
plain('data that is none', { data: 'x', shape: [1] });
plain('data with strides that are no numbers', { data: new Float32Array(4), shape: [2, 2], strides: [Symbol('s'), 1] });
plain('data with strides of any length', { data: new Float32Array(4), shape: [2, 2], strides: { length: 2 ** 53 } });
plain('data with a number for strides', { data: new Float32Array(4), shape: [2, 2], stride: 2 });
plain('data with an offset', { data: new Float32Array(4), shape: [2, 2], offset: 2n });
plain('data with a bad shape', { data: new Float32Array(4), shape: { length: -4 } });
plain('bigint data', { data: BigInt64Array.of(1n), shape: [1] });
plain('a count of two', { data: BigInt64Array.of(1n, 2n) });
plain('something to await', Object.fromEntries([['then', 5]]));
plain('flags that are none', { dx: 'yes', dweight: 1, dbias: null });

// What throws whenever it is looked at, or answers differently each time.
const thrower = (w: World) => () => {
  throw w.boom;
};
for (const trap of ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor'] as const) {
  values.push([
    `a proxy whose ${trap} throws`,
    (w) => new Proxy({ length: 1, 0: 1, dx: true }, { [trap]: thrower(w) }),
  ]);
}
values.push([
  'an array whose element throws',
  (w) => Object.defineProperty([1, 2], 1, { get: thrower(w), enumerable: true }),
]);
values.push([
  'an object whose every option throws',
  (w) => {
    const given = {};
    for (const key of ['length', 'data', 'shape', 'then', 'dx', 'dweight', 'weight', 'out', 'eps', 'dtype', 'prefix']) {
      Object.defineProperty(given, key, { get: thrower(w), enumerable: true });
    }
    return given;
  },
]);
values.push([
  'a revoked proxy',
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
]);
const changing = (answers: unknown[]) => {
  let at = 0;
  return () => answers[Math.min(at++, answers.length - 1)];
};
for (const answers of [
  [1, Symbol('s')],
  [2, 2 ** 53],
  [1, 0],
  [2, 'x'],
  [3, -1],
  [1, 5n],
]) {
  const name = `a length that is ${answers.map(String).join(', then ')}`;
  values.push([
    name,
    () => Object.defineProperty({ 0: 2, 1: 3 }, 'length', { get: changing(answers), enumerable: true }),
  ]);
}
for (const answers of [
  [4, Symbol('s')],
  [2, {}],
  [2, 2 ** 53],
  [3, '3'],
  [4, NaN],
]) {
  const name = `an element that is ${answers.map(String).join(', then ')}`;
  values.push([name, () => Object.defineProperty([4], 0, { get: changing(answers), enumerable: true })]);
}
values.push(['a proxy that says 1 to everything', () => new Proxy({}, { get: () => 1 })]);
values.push([
  'a proxy that is itself in everything',
  () => {
    const proxy: unknown = new Proxy({}, { get: (_, key) => (typeof key === 'symbol' ? undefined : proxy) });
    return proxy;
  },
]);

// What has the face of a tensor, a saved state, a layer or a runtime, and nothing behind it.
const like = (w: World): AnyTensor => w.normal([4]);
const saved = (w: World) => {
  const { y, saved: state } = layerNormForward(w.normal([3, 4]) as Tensor, 4);
  y.dispose();
  return w.own(state);
};
const originals: [name: string, make: (w: World) => object][] = [
  ['a tensor', like],
  ['a saved state', saved],
  ['a layer', (w) => w.watchLayer(new BatchNorm(4, { runtime: home }))],
  ['a runtime', () => home],
];
for (const [name, original] of originals) {
  forgeries.push([`a proxy of ${name}`, (w) => new Proxy(original(w), {})]);
  forgeries.push([
    `a forwarding proxy of ${name}`,
    (w) => new Proxy(original(w), { get: (t, key) => t[key as never] }),
  ]);
  forgeries.push([`an heir of ${name}`, (w) => Object.create(original(w))]);
  forgeries.push([`a copy of ${name}`, (w) => ({ ...original(w) })]);
  forgeries.push([`the prototype of ${name}`, (w) => Object.getPrototypeOf(original(w))]);
  forgeries.push([`an object with the prototype of ${name}`, (w) => Object.create(Object.getPrototypeOf(original(w)))]);
}
forgeries.push([
  'an object with all a tensor has',
  () => ({
    shape: [4],
    size: 4,
    rank: 1,
    dtype: 'float32',
    byteOffset: 64,
    runtime: home,
    disposed: false,
    storage: {},
    data: new Float32Array(4),
    lender: null,
    readOnly: false,
    dispose() {},
    assertUsable() {},
    assertWritable() {},
  }),
]);

// Genuine objects in the wrong place.
genuine.push([
  'a disposed tensor',
  (w) => {
    const t = like(w);
    t.dispose();
    return t;
  },
]);
genuine.push([
  'a disposed saved state',
  (w) => {
    const state = saved(w);
    state.dispose();
    return state;
  },
]);
genuine.push(['a tensor of another runtime', (w) => w.normal([3, 4], 1, abroad)]);
genuine.push(['a tensor of a disposed runtime', (w) => w.tensorOfDisposedRuntime]);
genuine.push(['a disposed runtime', (w) => w.disposedRuntime]);
genuine.push(['another runtime', () => abroad]);
genuine.push(['a float64 tensor', (w) => w.watch(tensor(Float64Array.of(1, 2, 3, 4), undefined, { runtime: home }))]);
genuine.push(['a tensor of no elements', (w) => w.watch(zeros([0, 4], { runtime: home }))]);
genuine.push(['a tensor of one', (w) => w.normal([])]);
genuine.push(['lent statistics', (w) => saved(w).rstd]);
genuine.push(['a view of lent statistics', (w) => w.watch(saved(w).mean!.reshape([1, 3]))]);
genuine.push(["a layer's parameter", (w) => w.watchLayer(new BatchNorm(4, { runtime: home })).weight]);
for (const [name, original] of originals) genuine.push([name, original]);

const recipes = (list: typeof values, forged = false, ours = false): Recipe[] =>
  list.map(([name, make]) => ({ name, make, forged, genuine: ours }));

export const hostile: readonly Recipe[] = [
  ...recipes(values),
  ...recipes(forgeries, true),
  ...recipes(genuine, false, true),
];
