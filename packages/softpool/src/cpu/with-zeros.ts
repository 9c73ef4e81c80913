/** Jobs whose padding counts as zeros, as jobs on the input with its zeros. */
import { innerProblem, type Job, resultOf } from '../api/job.ts';
import { emptyLike, type FloatArray, type Tensor, tensorLike } from '../api/tensor.ts';
import { product } from '../geometry/product.ts';
import { copyFromZeros, copyIntoZeros } from '../geometry/zeros.ts';
import { numbersOf } from './operands.ts';

/** Runs a job by `run`, which takes jobs without such padding. */
export function runWithZeros<D extends FloatArray>(job: Job<D>, run: (job: Job<D>) => Tensor<D>): Tensor<D> {
  return finished(job, run(paddedJob(job)));
}

/** The same, where the inner job takes its time. `into` is where the result goes. */
export async function runWithZerosAsync(job: Job, into: Tensor, run: (job: Job) => Promise<Tensor>): Promise<Tensor> {
  const whole = { ...job, into };
  return finished(whole, await run(paddedJob(whole)));
}

/** The job on the input with its zeros. */
function paddedJob<D extends FloatArray>(job: Job<D>): Job<D> {
  const problem = innerProblem(job.problem);
  const { inputShape } = problem.geometry;
  const x = tensorLike(job.x, emptyLike(job.x.data, product(inputShape)), [...inputShape]);
  copyIntoZeros(job.x.data, x.data, job.problem.geometry);
  return job.kind === 'forward' ? { kind: 'forward', x, problem, into: job.into } : { kind: 'gradient', x, dy: job.dy, problem };
}

/** The result of the job from that of the job on the input with its zeros. */
function finished<D extends FloatArray>(job: Job<D>, result: Tensor<D>): Tensor<D> {
  if (job.kind === 'forward') return result;
  const dx = resultOf(job);
  copyFromZeros(numbersOf(result), numbersOf(dx), job.problem.geometry);
  return dx;
}
