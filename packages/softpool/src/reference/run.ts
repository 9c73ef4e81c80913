/**
 * The definition as a backend: takes tensors of any type, and rounds each result once to that type.
 */
import { fromNumbers, toNumbers } from '../api/float16.ts';
import { type Job, resultOf } from '../api/job.ts';
import type { FloatArray, Tensor } from '../api/tensor.ts';
import { backward, forward } from './formula.ts';

/** Runs a checked job by the definition. */
export function runDefinition<D extends FloatArray>(job: Job<D>): Tensor<D> {
  const { x, problem } = job;
  const { dtype, geometry, operator } = problem;
  const values =
    job.kind === 'forward'
      ? forward(toNumbers(x.data), geometry, operator)
      : backward(toNumbers(x.data), toNumbers(job.dy.data), geometry, operator, dtype);
  const result = resultOf(job);
  result.data.set(fromNumbers(x.data, values, dtype) as never); // of the same class
  return result;
}
