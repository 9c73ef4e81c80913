/**
 * SoftPool, softmax-weighted pooling (Stergiou, Poppe, Kalliatakis, ICCV 2021), for
 * TensorFlow.js: ops with gradients, layers, and surgery that replaces the pooling of a model.
 *
 * This entry serves the backends `wasm` and `cpu`. Import `@softpool/tfjs/webgl` or
 * `@softpool/tfjs/webgpu` for these. `@softpool/tfjs/ops` and `@softpool/tfjs/layers` are parts of
 * it, for smaller bundles.
 *
 * @module
 */

export {
  type ElementType,
  type PoolingChange,
  type PoolingInfo,
  type PoolingKind,
  type PoolingShape,
  type PoolingTarget,
  type PoolingWindow,
  poolingInWords,
  type SoftOperator,
  type SwapPoolingOptions,
} from '@softpool/surgery';
export * from './layers.ts';
export * from './ops.ts';
export { inspectPooling } from './surgery/inspect-pooling.ts';
export { type SwappedPooling, swapPooling } from './surgery/layers-model.ts';
export { type SwappedTopology, swapPoolingInTopology, type WithTopology } from './surgery/topology.ts';
