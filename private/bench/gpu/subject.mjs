// SoftPool on a device, as something that is measured, and the tensors it is measured on.
import { activations, sizeOf } from '../activations.mjs';
import { toFloat16 } from './float16.mjs';
import { bytesOf } from './problems.mjs';

/**
 * @typedef {import('./device.mjs').GpuSoftPool} GpuSoftPool
 * @typedef {import('softpool/webgpu').GpuTensor} GpuTensor
 * @typedef {import('./problems.mjs').Problem} Problem
 *
 * @typedef {Record<import('./problems.mjs').DType, import('softpool').Tensor<Float32Array> | import('softpool').Tensor<Uint16Array>>} Both
 * @typedef {{ x: Both, dy: Both }} Inputs - The same numbers in both element types.
 * @typedef {{ x: GpuTensor, dy: GpuTensor }} Tensors
 */

/** Bytes of results that a batch may leave in the device's memory. */
const MOST_RESULTS = 2 ** 30;

/**
 * The numbers of a problem's tensors; those of another layout are the same in another shape.
 *
 * @param {Pick<Problem, 'inputShape' | 'outputShape'>} problem
 * @returns {Inputs}
 */
export function inputsOf({ inputShape, outputShape }) {
  /** @param {readonly number[]} shape @returns {Both} */
  const both = (shape) => {
    const float32 = activations([...shape]);
    return { float32, float16: { data: toFloat16(float32.data), shape: float32.shape, dtype: 'float16' } };
  };
  return { x: both(inputShape), dy: both(outputShape) };
}

/**
 * Uploads what problems need of a section's inputs: one copy of each element type, which all of them share.
 *
 * @param {GpuSoftPool} pool
 * @param {Inputs} inputs
 */
export function uploadInputs(pool, { x, dy }) {
  const there = {
    float32: { x: pool.upload(x.float32), dy: pool.upload(dy.float32) },
    float16: { x: pool.upload(x.float16), dy: pool.upload(dy.float16) },
  };
  return {
    /** @param {Problem} problem @returns {Tensors} */
    of: ({ dtype, inputShape, outputShape }) => ({
      x: { ...there[dtype].x, shape: inputShape },
      dy: { ...there[dtype].dy, shape: outputShape },
    }),
    free() {
      for (const { x, dy } of Object.values(there)) for (const tensor of [x, dy]) pool.free(tensor);
    },
  };
}

/**
 * One call.
 *
 * @param {import('softpool/webgpu').GpuCalls} calls
 * @param {Problem} problem
 * @param {Tensors} tensors
 */
export function call(calls, { dims, window, layout, pass }, { x, dy }) {
  const options = { ...window, layout };
  if (pass === 'forward') return calls[`softPool${dims}d`](x, options);
  return calls[`softPool${dims}dGrad`](x, dy, { ...options, gradient: pass });
}

/**
 * @param {GpuSoftPool} pool
 * @param {Problem} problem
 * @param {Tensors} tensors
 * @returns {import('./clock.mjs').GpuSubject}
 */
export function softPoolSubject(pool, problem, tensors) {
  const { pass, dtype, inputShape, outputShape } = problem;
  const resultBytes = bytesOf(dtype) * sizeOf(pass === 'forward' ? outputShape : inputShape);
  /** @type {GpuTensor[]} */
  let results = [];
  return {
    mostCalls: Math.max(1, Math.floor(MOST_RESULTS / resultBytes)),
    record(encoder) {
      results.push(call(pool.encodeInto(encoder), problem, tensors));
    },
    async settle() {
      const last = results.at(-1);
      // Memory that ran out is said by whoever reads.
      if (last !== undefined) await pool.read({ ...last, shape: [1] });
      for (const result of results) pool.free(result);
      results = [];
    },
  };
}
