/**
 * `@softpool/tfjs/layers`: the layers of `@softpool/tfjs`, registered for saved models, for the
 * backends `wasm` and `cpu`.
 *
 * @module
 */
import './backends/cpu.ts';
import './backends/wasm.ts';

export { globalSoftPooling1d, globalSoftPooling2d, globalSoftPooling3d } from './layers/global-pooling.ts';
export type { Shape } from './layers/shape.ts';
export type { LayerArgs, SoftPoolingLayer, SoftPoolingOperatorArgs } from './layers/soft-pooling.ts';
export { type SoftPoolingArgs, softPooling1d, softPooling2d, softPooling3d } from './layers/window-pooling.ts';
