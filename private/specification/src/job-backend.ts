/**
 * A backend made of one function, for kernels behind an interface of their own that does not check
 * arguments.
 */
import { callsOf, type Job, jobOf, type OperatorOptions, type Tensor } from 'softpool/internal';
import type { Backend } from './backend.ts';

/** Computes a job: the arguments are checked, and had these options. */
export type RunJob = (job: Job, options: OperatorOptions) => Tensor | Promise<Tensor>;

/** The fourteen calls, each a job for `run`. */
export function jobBackend(run: RunJob): Backend {
  return callsOf<Tensor, Tensor | Promise<Tensor>>((call) => run(jobOf(call), call.options));
}
