/**
 * The definition as a backend: takes tensors of any type, and rounds each result once to that type.
 */
import { fromNumbers, toNumbers } from '../api/float16.ts';
import { type GradientJob, type Job, resultOf } from '../api/job.ts';
import type { FloatArray, Tensor } from '../api/tensor.ts';
import { backward, forward } from './formula.ts';

/** Runs a checked job by the definition. */
export function runDefinition<D extends FloatArray>(job: Job<D>): Tensor<D> {
  return job.kind === 'forward' ? defineForward(job) : defineGradient(job);
}

/** Runs a forward job; bundles without the other function leave out the gradient. */
export function defineForward<D extends FloatArray>(job: Job<D>): Tensor<D> {
  const { geometry, operator } = job.problem;
  return rounded(job, forward(toNumbers(job.x.data), geometry, operator));
}

/** Runs a gradient. */
export function defineGradient<D extends FloatArray>(job: Job<D>): Tensor<D> {
  const { x, dy, problem } = job as GradientJob<D>;
  return rounded(job, backward(toNumbers(x.data), toNumbers(dy.data), problem.geometry, problem.operator, problem.dtype));
}

function rounded<D extends FloatArray>(job: Job<D>, values: Float64Array): Tensor<D> {
  const result = resultOf(job);
  result.data.set(fromNumbers(result.data, values, job.problem.dtype) as never);
  return result;
}
