// Tensors, and the gradient of a single operation that was made with `customGrad`.

class Tensor {
  #values;
  constructor(values, shape) {
    this.#values = Float32Array.from(values.flat?.(Number.POSITIVE_INFINITY) ?? values);
    this.shape = [...shape];
  }
  dataSync() {
    return this.#values;
  }
  async data() {
    return this.#values;
  }
}

export const tensor = (values, shape) => new Tensor(values, shape);

let last;

export function customGrad(f) {
  return (...args) => {
    let saved = [];
    const { value, gradFunc } = f(...args, (tensors) => {
      saved = tensors;
    });
    last = (dy) => gradFunc(dy, saved);
    return value;
  };
}

export function grad(f) {
  return (x, dy) => {
    const y = f(x);
    return last(dy ?? tensor(new Float32Array(y.dataSync().length).fill(1), y.shape));
  };
}
