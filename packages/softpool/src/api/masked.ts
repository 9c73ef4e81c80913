/**
 * `globalSoftPool` with a mask, and its gradient: what the mask leaves out is pooled as −∞, which
 * has no weight.
 */
import { product } from '../geometry/product.ts';
import type { SoftPoolCalls } from './calls.ts';
import { type Call, callsOf } from './calls-of.ts';
import { describe, rangeError } from './errors.ts';
import { type Job, jobOf, type Problem, type RunJob } from './job.ts';
import type { Mask } from './options.ts';
import { checkContiguous, type FloatArray, isFloat16Bits, type Tensor, type TensorLike, tensorLike } from './tensor.ts';

/** The calls that take a mask, on tensors in JavaScript's memory. */
export function maskedCalls(run: RunJob): Pick<SoftPoolCalls, 'globalSoftPool' | 'globalSoftPoolGrad'> {
  // As of calls with a type parameter of their own: see tensorCalls.
  return callsOf<TensorLike, Tensor>((call) => runMasked(call, run), ['into'], ['mask']) as SoftPoolCalls;
}

function runMasked(call: Call<TensorLike>, run: RunJob): Tensor {
  const job = jobOf(call);
  const { mask } = call.options;
  if (mask === undefined) return run(job);
  const counts = checkMask(call.name, mask, job);
  const data = job.x.data.slice();
  const lowest = isFloat16Bits(data) ? 0xfc00 : Number.NEGATIVE_INFINITY;
  if (job.kind === 'gradient' && data.includes(lowest)) evenOut(data, lowest, counts, job);
  overwrite(data, lowest, counts, job);
  const result = run({ ...job, x: tensorLike(job.x, data, job.x.shape) });
  // A NaN in a window reaches the gradients of all its elements.
  if (job.kind === 'gradient') overwrite(result.data, 0, counts, job);
  return result;
}

/**
 * Which positions count, as the mask says. Throws unless it fits x, and a position of each example
 * counts.
 */
function checkMask(call: string, mask: Mask, { x, problem }: Job): boolean[] {
  const { batch, layout, spatialDims } = problem.geometry;
  const { data, dims, shape = dims } = (mask ?? {}) as { data?: ArrayLike<unknown> | null; dims?: unknown; shape?: unknown };
  const channelAxis = x.shape.length - 1 - (layout === 'channelsFirst' ? spatialDims : 0);
  const wanted = x.shape.filter((_, axis) => axis !== channelAxis);
  const sizes: readonly unknown[] = Array.isArray(shape) ? shape : [];
  if (sizes.length !== wanted.length || wanted.some((size, axis) => size !== sizes[axis]) || data?.length !== product(wanted)) {
    throw rangeError(call, 'options.mask', `a tensor of shape ${describe(wanted)}`, shape, ` with ${data?.length ?? 0} elements`);
  }
  checkContiguous(call, 'options.mask', mask, wanted);
  const counts = Array.from(data, (value, i) => {
    if (!VALUES.includes(value)) throw rangeError(call, `options.mask.data[${i}]`, '0, 1, true or false', value);
    return Boolean(value);
  });
  const size = counts.length / batch;
  for (let n = 0; n < batch; n++) {
    if (!counts.slice(n * size, (n + 1) * size).includes(true)) {
      throw rangeError(call, 'options.mask.data', '1 for an element of each example', 0, ` for all of example ${n}`);
    }
  }
  return counts;
}

const VALUES: readonly unknown[] = [0, 1, 0n, 1n, false, true];

/** Overwrites the elements that do not count, in a tensor like x. */
function overwrite(tensor: FloatArray, value: number, counts: readonly boolean[], { problem }: Job): void {
  const { channels } = problem.geometry;
  counts.forEach((isCounted, position) => {
    if (isCounted) return;
    for (let c = 0; c < channels; c++) tensor[placeOf(problem, counts.length, position, c)] = value;
  });
}

/**
 * A window of only −∞ weights its elements evenly, so that where all that counts is −∞, what does
 * not count would get a share. Zeros are weighted evenly too, and −∞ beside them gets nothing.
 */
function evenOut(data: FloatArray, lowest: number, counts: readonly boolean[], { problem }: Job): void {
  const { batch, channels } = problem.geometry;
  const size = counts.length / batch;
  const together = problem.operator.weights === 'shared' ? channels : 1;
  for (let n = 0; n < batch; n++) {
    for (let first = 0; first < channels; first += together) {
      const window: number[] = [];
      for (let position = n * size; position < (n + 1) * size; position++) {
        if (!counts[position]) continue;
        for (let c = first; c < first + together; c++) window.push(placeOf(problem, counts.length, position, c));
      }
      if (window.every((place) => data[place] === lowest)) for (const place of window) data[place] = 0;
    }
  }
}

/** Where channel `c` of one of the mask's positions lies in x. */
function placeOf({ geometry }: Problem, positions: number, position: number, c: number): number {
  const { batch, channels, layout } = geometry;
  if (layout === 'channelsLast') return position * channels + c;
  const size = positions / batch;
  return (Math.floor(position / size) * channels + c) * size + (position % size);
}
