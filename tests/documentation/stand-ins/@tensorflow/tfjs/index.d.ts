// As much of TensorFlow.js' own declarations as the documentation uses.

export class Tensor {
  readonly shape: number[];
  dataSync(): Float32Array;
  data(): Promise<Float32Array>;
}

export function tensor(values: Float32Array | number[][], shape: number[]): Tensor;

type GradSaveFunc = (save: Tensor[]) => void;

export function customGrad(
  f: (...args: (Tensor | GradSaveFunc)[]) => {
    value: Tensor;
    gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor | Tensor[];
  },
): (...args: Tensor[]) => Tensor;

export function grad(f: (x: Tensor) => Tensor): (x: Tensor, dy?: Tensor) => Tensor;
