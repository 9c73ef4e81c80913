/**
 * `globalSoftPool` with a mask, and its gradient: what the mask leaves out is pooled as −∞, which
 * has no weight.
 */
import { product } from '../geometry/window-taps.ts';
import type { SoftPoolCalls } from './calls.ts';
import { type Call, callsOf } from './calls-of.ts';
import { describe, rangeError } from './errors.ts';
import { type Job, jobOf, type RunJob } from './job.ts';
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
  const overwrite = overwriting(call.name, mask, job);
  const data = job.x.data.slice();
  overwrite(data, isFloat16Bits(data) ? 0xfc00 : Number.NEGATIVE_INFINITY);
  const result = run({ ...job, x: tensorLike(job.x, data, job.x.shape) });
  // A NaN among the others would reach them.
  if (job.kind === 'gradient') overwrite(result.data, 0);
  return result;
}

/**
 * Returns the function that overwrites the elements of a tensor like x that do not count. Throws
 * unless the mask fits x, and an element of each example counts.
 */
function overwriting(call: string, mask: Mask, { x, problem }: Job): (tensor: FloatArray, value: number) => void {
  const { batch, channels, layout, spatialDims } = problem.geometry;
  const { data, dims, shape = dims } = (mask ?? {}) as { data?: ArrayLike<unknown> | null; dims?: unknown; shape?: unknown };
  const isFirst = layout === 'channelsFirst';
  const wanted = x.shape.filter((_, axis) => axis !== x.shape.length - 1 - (isFirst ? spatialDims : 0));
  const sizes: readonly unknown[] = Array.isArray(shape) ? shape : [];
  if (sizes.length !== wanted.length || wanted.some((size, axis) => size !== sizes[axis]) || data?.length !== product(wanted)) {
    throw rangeError(call, 'options.mask', `a tensor of shape ${describe(wanted)}`, shape, ` with ${data?.length ?? 0} elements`);
  }
  checkContiguous(call, 'options.mask', mask, wanted);
  const size = data.length / batch;
  const counts = Array.from(data, (value, i) => {
    if (!VALUES.includes(value)) throw rangeError(call, `options.mask.data[${i}]`, '0, 1, true or false', value);
    return Boolean(value);
  });
  for (let n = 0; n < batch; n++) {
    if (!counts.slice(n * size, (n + 1) * size).includes(true)) {
      throw rangeError(call, 'options.mask.data', '1 for an element of each example', 0, ` for all of example ${n}`);
    }
  }
  return (tensor, value) => {
    counts.forEach((isCounted, i) => {
      const first = isFirst ? i + Math.floor(i / size) * (channels - 1) * size : i * channels;
      for (let c = 0; !isCounted && c < channels; c++) tensor[first + c * (isFirst ? size : 1)] = value;
    });
  };
}

const VALUES: readonly unknown[] = [0, 1, 0n, 1n, false, true];
