/**
 * `softpool/relaxed`: the calls of `softpool` with fused multiply-add, where the engine has relaxed
 * SIMD (Node 22 and later, Chromium; elsewhere these are the kernels of `softpool`). They are up to
 * 1.2 times as fast and keep the same accuracy, but the last bits of a result may differ between
 * engines and processors. `createThreadedSoftPool({ relaxedSimd: true })` has them on threads.
 *
 * @module
 */
import type { SoftPoolCalls } from './api/calls.ts';
import { type Job, tensorCalls } from './api/job.ts';
import { maskedCalls } from './api/masked.ts';
import type { FloatArray, Tensor } from './api/tensor.ts';
import { compileAll, instantiateAll } from './cpu/all-kernels.ts';
import { compileRelaxed } from './cpu/relaxed-kernels.ts';
import { runOnEither, startMachine } from './cpu/this-thread.ts';
import type { Machine } from './cpu/wasm-module.ts';

let machine: Machine | undefined;

function run<D extends FloatArray>(job: Job<D>): Tensor<D> {
  machine ??= startMachine(compileRelaxed() ?? compileAll(), instantiateAll);
  return runOnEither(machine, job);
}

const calls = /* @__PURE__ */ tensorCalls(run);
const masked = /* @__PURE__ */ maskedCalls(run);
/** @function */
export const softPool1d: SoftPoolCalls['softPool1d'] = calls.softPool1d;
/** @function */
export const softPool1dGrad: SoftPoolCalls['softPool1dGrad'] = calls.softPool1dGrad;
/** @function */
export const softPool2d: SoftPoolCalls['softPool2d'] = calls.softPool2d;
/** @function */
export const softPool2dGrad: SoftPoolCalls['softPool2dGrad'] = calls.softPool2dGrad;
/** @function */
export const softPool3d: SoftPoolCalls['softPool3d'] = calls.softPool3d;
/** @function */
export const softPool3dGrad: SoftPoolCalls['softPool3dGrad'] = calls.softPool3dGrad;
/** @function */
export const globalSoftPool: SoftPoolCalls['globalSoftPool'] = masked.globalSoftPool;
/** @function */
export const globalSoftPoolGrad: SoftPoolCalls['globalSoftPoolGrad'] = masked.globalSoftPoolGrad;
/** @function */
export const adaptiveSoftPool1d: SoftPoolCalls['adaptiveSoftPool1d'] = calls.adaptiveSoftPool1d;
/** @function */
export const adaptiveSoftPool1dGrad: SoftPoolCalls['adaptiveSoftPool1dGrad'] = calls.adaptiveSoftPool1dGrad;
/** @function */
export const adaptiveSoftPool2d: SoftPoolCalls['adaptiveSoftPool2d'] = calls.adaptiveSoftPool2d;
/** @function */
export const adaptiveSoftPool2dGrad: SoftPoolCalls['adaptiveSoftPool2dGrad'] = calls.adaptiveSoftPool2dGrad;
/** @function */
export const adaptiveSoftPool3d: SoftPoolCalls['adaptiveSoftPool3d'] = calls.adaptiveSoftPool3d;
/** @function */
export const adaptiveSoftPool3dGrad: SoftPoolCalls['adaptiveSoftPool3dGrad'] = calls.adaptiveSoftPool3dGrad;
