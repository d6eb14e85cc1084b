// How a norm is composed in an array library that has none of its own: which axes to reduce, and the shapes that
// broadcast. Group norm splits its channel axis in two first.
import { parameterShape } from '../cases.mjs';

/** The view of x to work on, the axes of its statistics, and the shape of the parameters in that view. */
export function composition(spec) {
  const { op, shape, layout, groups, normalizedAxes = 1 } = spec;
  const rank = shape.length;
  const axes = (keep) => shape.map((_, axis) => axis).filter(keep);
  if (op === 'layerNorm' || op === 'rmsNorm') {
    return { view: shape, axes: axes((axis) => axis >= rank - normalizedAxes), parameters: parameterShape(spec) };
  }
  const last = layout === 'channelsLast';
  const channel = last ? rank - 1 : 1;
  if (op === 'groupNorm') {
    const split = [groups, shape[channel] / groups];
    const view = shape.flatMap((extent, axis) => (axis === channel ? split : [extent]));
    return {
      view,
      axes: view.map((_, axis) => axis).filter((axis) => axis > 0 && axis !== channel),
      parameters: view.map((extent, axis) => (axis === channel || axis === channel + 1 ? extent : 1)),
    };
  }
  return {
    view: shape,
    axes: axes((axis) => axis !== channel && (axis > 0 || op === 'batchNorm')),
    parameters: shape.map((extent, axis) => (axis === channel ? extent : 1)),
  };
}
