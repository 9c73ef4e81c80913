/**
 * SoftPool, softmax-weighted pooling (Stergiou, Poppe, Kalliatakis, ICCV 2021), on the CPU:
 * WebAssembly SIMD, synchronous. Each output is the softmax-weighted mean of its window, y = Σ w_i
 * x_i with w_i = exp(β x_i) / Σ_j exp(β x_j).
 *
 * @module
 */
import type { SoftPoolCalls } from './api/calls.ts';
import { tensorCalls } from './api/job.ts';
import { runForward } from './cpu/this-thread.ts';

export type { SoftPoolCalls } from './api/calls.ts';
export type {
  AdaptivePoolOptions,
  GlobalPoolOptions,
  Gradient,
  GradientOptions,
  Layout,
  Mask,
  MaskOptions,
  OperatorOptions,
  Padding,
  PadMode,
  PerAxis,
  PoolOptions,
  ResultOptions,
  SignalOptions,
  Weights,
} from './api/options.ts';
export type { ArrayOf, DType, FloatArray, Tensor, TensorLike } from './api/tensor.ts';
export { setKernels } from './cpu/set-kernels.ts';
export type { AxisWindows } from './geometry/axis-windows.ts';
export { type PoolGeometry, type PoolGeometryOptions, poolGeometry } from './geometry/pool-geometry.ts';
export { globalSoftPool } from './global-soft-pool.ts';
export {
  adaptiveSoftPool1dGrad,
  adaptiveSoftPool2dGrad,
  adaptiveSoftPool3dGrad,
  globalSoftPoolGrad,
  softPool1dGrad,
  softPool2dGrad,
  softPool3dGrad,
} from './gradients.ts';

// Each call is annotated, so that its documentation is found in SoftPoolCalls.
const calls = /* @__PURE__ */ tensorCalls(runForward);
/** @function */
export const softPool1d: SoftPoolCalls['softPool1d'] = calls.softPool1d;
/** @function */
export const softPool2d: SoftPoolCalls['softPool2d'] = calls.softPool2d;
/** @function */
export const softPool3d: SoftPoolCalls['softPool3d'] = calls.softPool3d;
/** @function */
export const adaptiveSoftPool1d: SoftPoolCalls['adaptiveSoftPool1d'] = calls.adaptiveSoftPool1d;
/** @function */
export const adaptiveSoftPool2d: SoftPoolCalls['adaptiveSoftPool2d'] = calls.adaptiveSoftPool2d;
/** @function */
export const adaptiveSoftPool3d: SoftPoolCalls['adaptiveSoftPool3d'] = calls.adaptiveSoftPool3d;
