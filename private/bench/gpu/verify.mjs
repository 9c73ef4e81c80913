// Before anything is measured it must be right: the first and the last item of each batch, against the CPU.
import { softPool2d, softPool2dGrad, softPool3d, softPool3dGrad } from 'softpool';
import { sizeOf } from '../activations.mjs';
import { fromFloat16 } from './float16.mjs';
import { bytesOf, passName, windowName } from './problems.mjs';
import { call } from './subject.mjs';

/**
 * @typedef {import('./device.mjs').GpuSoftPool} GpuSoftPool
 * @typedef {import('./problems.mjs').Problem} Problem
 */

/** Differences that are rounding, of numbers up to about one, by element type: a wrong window or weight differs by far more. */
const TOLERANCE = { float32: 2e-5, float16: 4e-3 };

/** Values of GPUBufferUsage. */
const USAGE = { COPY_SRC: 4, COPY_DST: 8, STORAGE: 128 };

/**
 * Throws unless SoftPool's result on the device is the CPU's.
 *
 * @param {GpuSoftPool} pool
 * @param {Problem} problem
 * @param {import('./subject.mjs').Tensors} tensors
 * @param {import('./subject.mjs').Inputs} inputs
 */
export async function verify(pool, problem, tensors, inputs) {
  const result = call(pool, problem, tensors);
  await verifyBuffer(pool, problem, result.buffer, inputs);
  pool.free(result);
}

/**
 * The same of what something else computed.
 *
 * @param {GpuSoftPool} pool
 * @param {Problem} problem
 * @param {GPUBuffer} buffer
 * @param {import('./subject.mjs').Inputs} inputs
 */
export async function verifyBuffer(pool, problem, buffer, inputs) {
  const { dims, window, dtype, layout, pass, inputShape, outputShape } = problem;
  const resultShape = pass === 'forward' ? outputShape : inputShape;
  const [batch = 1] = inputShape;
  for (const item of new Set([0, batch - 1])) {
    const expected = onCpu(problem, itemOf(inputs.x[dtype], inputShape, item), itemOf(inputs.dy[dtype], outputShape, item));
    const got = numbersOf(await readItem(pool, problem, buffer, resultShape, item));
    const wanted = numbersOf(expected);
    for (let i = 0; i < wanted.length; i++) {
      const [is, must] = [Number(got[i]), Number(wanted[i])];
      if (Math.abs(is - must) <= TOLERANCE[dtype] * Math.max(1, Math.abs(must))) continue;
      const name = `${windowName(dims, window)}, ${passName(pass)}, ${dtype}, ${layout}`;
      throw new Error(`bench:gpu: wrong result: ${name}: element ${i} of item ${item} is ${is}, must be ${must}`);
    }
  }
}

/**
 * @param {Problem} problem
 * @param {import('softpool').Tensor} x
 * @param {import('softpool').Tensor} dy
 */
function onCpu({ dims, window, layout, pass }, x, dy) {
  const options = { ...window, layout };
  if (pass === 'forward') return (dims === 2 ? softPool2d : softPool3d)(x, options);
  return (dims === 2 ? softPool2dGrad : softPool3dGrad)(x, dy, { ...options, gradient: pass });
}

/**
 * @param {import('softpool').Tensor<Float32Array> | import('softpool').Tensor<Uint16Array>} tensor - Of a batch.
 * @param {readonly number[]} shape - As the problem has it.
 * @param {number} item
 * @returns {import('softpool').Tensor}
 */
function itemOf({ data, dtype }, shape, item) {
  const size = sizeOf(shape.slice(1));
  return { data: data.subarray(item * size, (item + 1) * size), shape: [1, ...shape.slice(1)], ...(dtype && { dtype }) };
}

/**
 * @param {GpuSoftPool} pool
 * @param {Problem} problem
 * @param {GPUBuffer} buffer
 * @param {readonly number[]} resultShape
 * @param {number} item
 */
async function readItem(pool, { dtype }, buffer, resultShape, item) {
  const shape = [1, ...resultShape.slice(1)];
  const bytes = bytesOf(dtype) * sizeOf(shape);
  const copy = pool.device.createBuffer({ size: bytes, usage: USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST });
  const encoder = pool.device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, item * bytes, copy, 0, bytes);
  pool.device.queue.submit([encoder.finish()]);
  const tensor = await pool.read({ buffer: copy, shape, dtype });
  copy.destroy();
  return tensor;
}

/** @param {import('softpool').Tensor} tensor */
function numbersOf({ data }) {
  return data instanceof Uint16Array ? fromFloat16(data) : data;
}
