// What the package promises, and the tests that hold it to that: files below tests/ (or folders of them), modules of the
// kernels' suite, and steps of scripts/testing/steps.mjs beside the usual ones. docs/testing.md shows the list with its counts;
// a promise without a test, and a test file that no promise names, are mistakes that scripts/testing-table.mjs tells.

export const PROMISES = [
  {
    promise: 'Every operation, in every layout and at every length, is its definition, forward and backward',
    jest: ['operations/families', 'operations/layouts', 'operations/lengths', 'support/oracle'],
    rust: ['layer_norm', 'rms_norm', 'batch_norm', 'group_norm', 'instance_norm', 'frozen'],
  },
  {
    promise: 'Results are within the stated bounds whatever the offset, the scale and the length',
    jest: ['operations/hard-inputs', 'operations/scales'],
    rust: ['numerics', 'millions', 'proved', 'overflow', 'products', 'statistics'],
  },
  {
    promise: 'Gradients are slopes',
    jest: ['operations/finite-differences'],
    rust: ['finite_differences'],
  },
  {
    promise: 'What mathematics says of the norms holds: special cases, invariances, directions a gradient cannot have',
    jest: ['properties'],
    rust: ['properties'],
  },
  {
    promise: 'Constant rows, single values and empty batches give what they should',
    jest: ['operations/degenerate', 'errors/degenerate'],
    rust: ['degenerate'],
  },
  { promise: 'NaN and infinity stay within their statistic', jest: ['operations/isolation'], rust: ['isolation'] },
  {
    promise: 'The same bits: in place or not, whatever else is in the batch, in every build, engine and runtime',
    jest: ['corpus', 'operations/far'],
    rust: ['determinism', 'corpus'],
    steps: ['runtimes'],
  },
  {
    promise: 'Any subset of gradients, into `out`, in place, overwritten or added; nothing beside them is touched',
    jest: ['operations/outputs', 'operations/given-statistics', 'operations/working-memory'],
    rust: ['arguments', 'scratch'],
  },
  {
    promise: 'Modes and running statistics',
    jest: ['operations/modes', 'layers/running'],
    rust: ['running'],
  },
  {
    promise: 'PyTorch’s numbers, through training and from checkpoints',
    jest: ['cross-language/torch-operations', 'cross-language/torch-training', 'cross-language/torch-checkpoint'],
    rust: ['pytorch'],
  },
  { promise: 'Presets are Keras’s, Flax’s and ONNX’s', jest: ['layers/presets', 'cross-language/presets'] },
  { promise: 'Defaults, and layers that train', jest: ['layers/defaults', 'layers/backward', 'operations/defaults'] },
  { promise: 'State dictionaries: all or nothing, and back', jest: ['layers/state-dict'] },
  {
    promise: 'A saved state keeps what backward needs, and notices what changed',
    jest: ['operations/saved', 'saved-state', 'written', 'lifetimes'],
  },
  {
    promise: 'Wrong calls are refused before anything is written, in PyTorch’s words where it has some',
    jest: [
      'errors/arguments',
      'errors/classes',
      'errors/layers',
      'errors/option-names',
      'errors/options',
      'errors/overlaps',
      'errors/shapes',
      'errors/words',
      'cross-language/torch-errors',
    ],
    rust: ['panics'],
  },
  { promise: 'Hostile callers and failing allocations change nothing', jest: ['hostile'] },
  {
    promise: 'Memory: owners, scopes, views, growth to 4 GiB, and nothing left behind',
    jest: ['memory', 'out-of-memory', 'four-gigabytes', 'finaliser', 'scope', 'using', 'layers/dispose', 'copies'],
  },
  { promise: 'Tensors: what of them is fixed, and how things print', jest: ['tensor', 'read-only', 'printing'] },
  { promise: 'Runtimes, and places that cannot run it', jest: ['runtime', 'loading', 'core', 'unsupported'] },
  {
    promise:
      'The package: its files, types, entries and size; SIMD in every kernel; nothing is taken out of the module that is read, and unpacked it is the same',
    jest: ['package', 'package-places', 'project', 'release', 'types', 'simd', 'unused', 'packed'],
  },
  {
    promise: 'The example, the benchmark, the playground and samples of mutants do what they say',
    jest: ['digits', 'bench', 'bench-awkward', 'bench-start-up', 'playground', 'mutants'],
  },
  {
    promise: 'Documents: every block of code compiles and runs, every command and link exists',
    jest: ['documentation'],
  },
  {
    promise: 'Unsafe code keeps its contracts, from the first lane to the last (natively, and under Miri)',
    rust: ['simd::tests', 'boundary', 'edges'],
    steps: ['miri'],
  },
  { promise: 'A failing test shows its own line', jest: ['support/environment'] },
];
