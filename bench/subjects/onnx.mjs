// A model of one ONNX node as bytes: the few fields of the protobuf format that this takes, written by hand.

const FLOAT = 1;
const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;

/** `initializers` follow x as inputs of the node, in order; an attribute is `{ float }` or `{ int }`. */
export function model({ op, opset, shape, initializers, attributes }) {
  const node = [
    text(1, 'x'),
    ...Object.keys(initializers).map((name) => text(1, name)),
    text(2, 'y'),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  ];
  const graph = [
    message(1, node),
    text(2, 'norm'),
    ...Object.entries(initializers).map(([name, values]) => tensor(name, values)),
    value(11, 'x', shape),
    value(12, 'y', shape),
  ];
  const opsetImport = message(8, [text(1, ''), integer(2, opset)]);
  return concatenate([integer(1, opset >= 21 ? 10 : 8), message(7, graph), opsetImport]);
}

function attribute(name, { float, int }) {
  const content =
    float === undefined
      ? [integer(3, int), integer(20, ATTRIBUTE_INT)]
      : [real(2, float), integer(20, ATTRIBUTE_FLOAT)];
  return message(5, [text(1, name), ...content]);
}

function tensor(name, values) {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return message(5, [integer(1, values.length), integer(2, FLOAT), text(8, name), bytes(9, raw)]);
}

function value(field, name, shape) {
  const dimensions = shape.map((extent) => message(1, [integer(1, extent)]));
  const type = message(1, [integer(1, FLOAT), message(2, dimensions)]);
  return message(field, [text(1, name), message(2, [type])]);
}

// The wire format: a tag of field number and kind, then the value.

const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;

const integer = (field, number) => concatenate([varint((field << 3) | VARINT), varint(number)]);
const text = (field, string) => bytes(field, new TextEncoder().encode(string));
const message = (field, parts) => bytes(field, concatenate(parts));
const bytes = (field, content) => concatenate([varint((field << 3) | LENGTH), varint(content.length), content]);
const real = (field, number) =>
  concatenate([varint((field << 3) | FIXED32), new Uint8Array(new Float32Array([number]).buffer)]);

/** Seven bits a byte, lowest first; negative numbers as 64 bits. */
function varint(number) {
  const out = [];
  let rest = BigInt.asUintN(64, BigInt(number));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    out.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Uint8Array.from(out);
}

function concatenate(parts) {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
