/**
 * SoftPool, exponentially weighted pooling (Stergiou, Poppe, Kalliatakis, ICCV 2021), for
 * TensorFlow.js: ops with gradients, layers, and surgery that replaces the pooling of a model.
 *
 * This entry serves the backends `wasm` and `cpu`. Import `@softpool/tfjs/webgl` or
 * `@softpool/tfjs/webgpu` for these.
 *
 * @module
 */
import './backends/cpu.ts';
import './backends/wasm.ts';

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
export { globalSoftPooling1d, globalSoftPooling2d, globalSoftPooling3d } from './layers/global-pooling.ts';
export type { Shape } from './layers/shape.ts';
export type { LayerArgs, SoftPoolingLayer, SoftPoolingOperatorArgs } from './layers/soft-pooling.ts';
export { type SoftPoolingArgs, softPooling1d, softPooling2d, softPooling3d } from './layers/window-pooling.ts';
export {
  adaptiveSoftPool1d,
  adaptiveSoftPool2d,
  adaptiveSoftPool3d,
  type GlobalSoftPoolOptions,
  globalSoftPool,
  type SoftPoolOperator,
  type SoftPoolOptions,
  softPool1d,
  softPool2d,
  softPool3d,
} from './ops/soft-pool.ts';
export type { DataFormat, Dims, ExplicitPadding, Pad, RoundingMode } from './ops/windows.ts';
export { inspectPooling } from './surgery/inspect-pooling.ts';
export { type SwappedPooling, swapPooling } from './surgery/layers-model.ts';
export { type SwappedTopology, swapPoolingInTopology, type WithTopology } from './surgery/topology.ts';
