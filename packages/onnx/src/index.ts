/**
 * SoftPool, softmax-weighted pooling (Stergiou, Poppe, Kalliatakis, ICCV 2021), in ONNX
 * models: surgery that replaces the pooling of a model by a function of standard operators, which
 * every runtime can run.
 *
 * @module
 */
export {
  type ElementType,
  type PoolingChange,
  type PoolingInfo,
  type PoolingKind,
  type PoolingShape,
  type PoolingWindow,
  poolingInWords,
  type SoftOperator,
} from '@softpool/surgery';
export type { Target } from './emit/target.ts';
export { type FoldedSoftPool, type FoldSoftPoolOptions, foldSoftPool, type PoolingFold, type RemovedNode } from './fold/fold-soft-pool.ts';
export { type ExternalFile, externalFiles } from './graph/external-data.ts';
export { OnnxModelError } from './graph/model-error.ts';
export type { SwapPoolingOptions } from './surgery/options.ts';
export { inspectPooling, type SwappedPooling, swapPooling } from './surgery/swap-pooling.ts';
