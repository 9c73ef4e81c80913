/**
 * SoftPool, exponentially weighted pooling (Stergiou, Poppe, Kalliatakis, ICCV 2021), for TensorFlow.js: ops with gradients, layers, and a model's
 * pooling replaced in one call.
 * This entry serves the backends `wasm` and `cpu`; `@softpool/tfjs/webgl` and `@softpool/tfjs/webgpu` add theirs.
 *
 * @module
 */
import './backends/cpu.ts';
import './backends/wasm.ts';

export { globalSoftPooling1d, globalSoftPooling2d, globalSoftPooling3d } from './layers/global-pooling.ts';
export type { LayerArgs, Shape, SoftPoolingLayer, SoftPoolingOperatorArgs } from './layers/soft-pooling.ts';
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
export type { PoolingChange } from './surgery/decide.ts';
export { type ReplacedPooling, replacePooling } from './surgery/layers-model.ts';
export type { ReplacePoolingOptions } from './surgery/options.ts';
export type { PoolingInfo, PoolingKind, PoolingWindow } from './surgery/poolings.ts';
export { type ReplacedTopology, replacePoolingInTopology, type WithTopology } from './surgery/saved-model.ts';
