/**
 * `softpool/reference`: the calls of `softpool` by the definition itself, computed in float64 and
 * rounded once to the input's type. Slow, plain, exact: an oracle for tests of other
 * implementations.
 *
 * @module
 */
import type { SoftPoolCalls } from './api/calls.ts';
import { tensorCalls } from './api/job.ts';
import { maskedCalls } from './api/masked.ts';
import { runDefinition } from './reference/run.ts';

const calls = /* @__PURE__ */ tensorCalls(runDefinition);
const masked = /* @__PURE__ */ maskedCalls(runDefinition);
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
