// The numbers that everything is measured on.

/**
 * Numbers as activations have them, by Box and Muller: mean 0, standard deviation 1. The same in every run.
 *
 * @param {number[]} shape
 * @returns {import('softpool').Tensor<Float32Array>}
 */
export function activations(shape) {
  const data = new Float32Array(sizeOf(shape));
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  for (let i = 0; i < data.length; i++) data[i] = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return { data, shape };
}

/** @param {readonly number[]} shape */
export function sizeOf(shape) {
  return shape.reduce((size, length) => size * length, 1);
}
