/**
 * SoftPool, exponentially weighted pooling (Stergiou, Poppe, Kalliatakis, ICCV 2021), in ONNX models: a model's pooling replaced, by a function of
 * standard operators that every runtime can run.
 *
 * @module
 */
export type { ElementType, PoolingWindow } from './emit/pooling.ts';
export { type ExternalFile, externalFiles } from './graph/external-data.ts';
export { OnnxModelError } from './graph/model-error.ts';
export type { Size } from './graph/scope.ts';
export type { SwapPoolingOptions } from './surgery/options.ts';
export { type PoolingInfo, type PoolingOp, poolingInWords } from './surgery/poolings.ts';
export { inspectPooling, type PoolingChange, type SwappedPooling, swapPooling } from './surgery/swap-pooling.ts';
