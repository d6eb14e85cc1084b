// The declarations as the reference shows them: the package's own, without the machinery that makes results follow from the
// options of a call. A layer is a class again, and a result that may be null says so. Comments are left as they are.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const from = fileURLToPath(new URL('../../dist/core.d.ts', import.meta.url));
const to = fileURLToPath(new URL('../declarations/normlayers.d.ts', import.meta.url));

const OPTION_TYPE = 'const O extends (?:[^=]*) = Record<never, never>';

/** Each is applied wherever it fits; one that fits nowhere is out of date. */
const REWRITES = [
  // Generics of calls.
  [new RegExp(`<${OPTION_TYPE}>\\(`, 'g'), '('],
  [
    new RegExp(`<W extends Tensor \\| null, B extends Tensor \\| null, ${OPTION_TYPE}>\\(saved: Saved<W, B>`, 'g'),
    '(saved: Saved',
  ],
  [/options\?: Exactly<O, (.*)>\)/g, 'options?: $1)'],
  [/\): ForwardFor<[^;]*>;/g, '): Forward;'],
  [/\): GradientsFor<[^;]*>;/g, '): Gradients;'],
  [/\): Gradient<Tensor, IsNeeded<O, 'dx'>>;/g, '): Tensor | null;'],
  [/: Forward<TensorIf<W>, TensorIf<B>>;/g, ': Forward;'],
  [/<T>\(fn: Synchronous<T>,/g, '<T>(fn: () => T,'],
  // Overloads that tell the dtype.
  [
    /declare function (zeros|ones|empty|full)<D extends DType>\((.*), options: TypedOptions<D>\): Tensor<D>;\ndeclare function \1\(.*\n/g,
    "declare function $1<D extends DType = 'float32'>($2, options?: TensorOptions<D>): Tensor<D>;\n",
  ],
  [
    /declare function tensor<D extends DType>\(.*\n(?:declare function tensor\((?:.*\n)+?(?=\/\*\*))/g,
    "declare function tensor<D extends DType = 'float32'>(values: TensorValues, shape?: readonly number[], options?: TensorOptions<D>): Tensor<D>;\n",
  ],
  [/(data|toTypedArray\(\)): DataOf<D>;/g, '$1: Float32Array | Float64Array;'],
  // Layers.
  [
    /interface (\w+)Constructor \{\n(\s*\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n\s*new \((.*?)\): \1<.*\n.*\n\}\n([\s\S]*?)declare const \1: \1Constructor;/g,
    '$4declare class $1 {\n$2\n    constructor($3);\n}',
  ],
  [/^interface (\w+Norm)<(?:[^{}]*?)>\s*extends Layer<[^{]*>\s*\{/gm, 'interface $1 extends Layer {'],
  [/interface Layer<[^{]*> extends Disposable \{/g, 'interface Layer extends Disposable {'],
  [/readonly (weight|bias): [WB];/g, (_, name) => `readonly ${name}: Parameter | null;`],
  [/readonly (runningMean|runningVar): R;/g, 'readonly $1: Tensor | null;'],
  [/numBatchesTracked: R extends null \? null : number;/g, 'numBatchesTracked: number | null;'],
  // Results.
  [/interface (Gradients|Saved|Forward)<[^{]*> extends Disposable \{/g, 'interface $1 extends Disposable {'],
  [
    /readonly dx: Dx;\n(\s*)readonly dweight: Dweight;\n\s*readonly dbias: Dbias;/g,
    'readonly dx: Tensor | null;\n$1readonly dweight: Tensor | null;\n$1readonly dbias: Tensor | null;',
  ],
  [/readonly mean: M;/g, "readonly mean: Tensor<'float64'> | null;"],
  [/readonly saved: Saved<W, B, M>;/g, 'readonly saved: Saved;'],
  // What is no longer there is not exported.
  [/(?<=^export type \{.*)\b\w+Constructor, /gm, ''],
];

export function simplified(text) {
  return REWRITES.reduce((before, [pattern, replacement]) => {
    const after = before.replace(pattern, replacement);
    if (after === before) throw new Error(`site/typedoc/declarations.mjs: nothing fits ${pattern}`);
    return after;
  }, text);
}

export function writeDeclarations() {
  mkdirSync(fileURLToPath(new URL('../declarations', import.meta.url)), { recursive: true });
  writeFileSync(to, simplified(readFileSync(from, 'utf8')));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeDeclarations();
