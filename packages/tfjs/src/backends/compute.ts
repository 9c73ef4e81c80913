/** Runs a kernel with the calls of `softpool`, for tensors in the JavaScript heap. */
import {
  adaptiveSoftPool1d,
  adaptiveSoftPool1dGrad,
  adaptiveSoftPool2d,
  adaptiveSoftPool2dGrad,
  adaptiveSoftPool3d,
  adaptiveSoftPool3dGrad,
  softPool1d,
  softPool1dGrad,
  softPool2d,
  softPool2dGrad,
  softPool3d,
  softPool3dGrad,
  type Tensor,
} from 'softpool';
import type { PoolOptions } from '../ops/kernel.ts';

/** A tensor as `softpool` takes it. */
export type FloatTensor = Tensor<Float32Array>;

const POOL = { 1: softPool1d, 2: softPool2d, 3: softPool3d } as const;
const POOL_GRAD = { 1: softPool1dGrad, 2: softPool2dGrad, 3: softPool3dGrad } as const;
const ADAPTIVE = { 1: adaptiveSoftPool1d, 2: adaptiveSoftPool2d, 3: adaptiveSoftPool3d } as const;
const ADAPTIVE_GRAD = { 1: adaptiveSoftPool1dGrad, 2: adaptiveSoftPool2dGrad, 3: adaptiveSoftPool3dGrad } as const;

/** Computes the output from x, or dL/dx from x and dy. */
export function compute({ spatialDims, ...windows }: PoolOptions, x: FloatTensor, dy: FloatTensor | undefined): FloatTensor {
  const options = windows as never; // of as many axes as the call
  if ('outputSize' in windows) return dy === undefined ? ADAPTIVE[spatialDims](x, options) : ADAPTIVE_GRAD[spatialDims](x, dy, options);
  return dy === undefined ? POOL[spatialDims](x, options) : POOL_GRAD[spatialDims](x, dy, options);
}
