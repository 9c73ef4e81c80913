/**
 * The gradients of the calls. They are a module of their own, so that bundles which use none leave
 * out the kernels.
 */
import type { SoftPoolCalls } from './api/calls.ts';
import { tensorCalls } from './api/job.ts';
import { maskedCalls } from './api/masked.ts';
import { runGradient } from './cpu/this-thread.ts';

// Each call is annotated, so that its documentation is found in SoftPoolCalls.
const calls = /* @__PURE__ */ tensorCalls(runGradient);
const masked = /* @__PURE__ */ maskedCalls(runGradient);
/** @function */
export const softPool1dGrad: SoftPoolCalls['softPool1dGrad'] = calls.softPool1dGrad;
/** @function */
export const softPool2dGrad: SoftPoolCalls['softPool2dGrad'] = calls.softPool2dGrad;
/** @function */
export const softPool3dGrad: SoftPoolCalls['softPool3dGrad'] = calls.softPool3dGrad;
/** @function */
export const globalSoftPoolGrad: SoftPoolCalls['globalSoftPoolGrad'] = masked.globalSoftPoolGrad;
/** @function */
export const adaptiveSoftPool1dGrad: SoftPoolCalls['adaptiveSoftPool1dGrad'] = calls.adaptiveSoftPool1dGrad;
/** @function */
export const adaptiveSoftPool2dGrad: SoftPoolCalls['adaptiveSoftPool2dGrad'] = calls.adaptiveSoftPool2dGrad;
/** @function */
export const adaptiveSoftPool3dGrad: SoftPoolCalls['adaptiveSoftPool3dGrad'] = calls.adaptiveSoftPool3dGrad;
