// As much of onnxruntime-web's own declarations as the documentation uses.

export class Tensor {
  constructor(type: 'float32', data: Float32Array, dims: readonly number[]);
  readonly data: Float32Array | Float64Array | BigInt64Array | string[];
  readonly dims: readonly number[];
}

export class InferenceSession {
  static create(model: Uint8Array): Promise<InferenceSession>;
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
}
