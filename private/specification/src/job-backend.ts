/** A backend made of one function: for what runs the kernels through an interface of its own, and checks no arguments as the calls of `softpool` do. */

import type { AdaptivePoolOptions, GlobalPoolOptions, PoolOptions, Tensor } from 'softpool/internal';
import { adaptiveJob, globalJob, type Job, poolJob } from 'softpool/internal';
import type { Backend, Dims } from './backend.ts';

/** Computes a job: arguments are checked, and those options were given. */
export type RunJob = (job: Job, options: PoolOptions | AdaptivePoolOptions | GlobalPoolOptions) => Tensor | Promise<Tensor>;

/** The fourteen calls, each a job that `run` is given. */
export function jobBackend(run: RunJob): Backend {
  const pool = (dims: Dims) => (x: Tensor, options: PoolOptions) => run(poolJob(`softPool${dims}d`, dims, x, options), options);
  const poolGrad = (dims: Dims) => (x: Tensor, dy: Tensor, options: PoolOptions) =>
    run(poolJob(`softPool${dims}dGrad`, dims, x, options, dy), options);
  const adaptive = (dims: Dims) => (x: Tensor, options: AdaptivePoolOptions) =>
    run(adaptiveJob(`adaptiveSoftPool${dims}d`, dims, x, options), options);
  const adaptiveGrad = (dims: Dims) => (x: Tensor, dy: Tensor, options: AdaptivePoolOptions) =>
    run(adaptiveJob(`adaptiveSoftPool${dims}dGrad`, dims, x, options, dy), options);
  return {
    softPool1d: pool(1),
    softPool2d: pool(2),
    softPool3d: pool(3),
    softPool1dGrad: poolGrad(1),
    softPool2dGrad: poolGrad(2),
    softPool3dGrad: poolGrad(3),
    adaptiveSoftPool1d: adaptive(1),
    adaptiveSoftPool2d: adaptive(2),
    adaptiveSoftPool3d: adaptive(3),
    adaptiveSoftPool1dGrad: adaptiveGrad(1),
    adaptiveSoftPool2dGrad: adaptiveGrad(2),
    adaptiveSoftPool3dGrad: adaptiveGrad(3),
    globalSoftPool: (x, options = {}) => run(globalJob('globalSoftPool', x, options), options),
    globalSoftPoolGrad: (x, dy, options = {}) => run(globalJob('globalSoftPoolGrad', x, options, dy), options),
  };
}
