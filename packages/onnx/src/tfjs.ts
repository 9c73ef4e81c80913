/**
 * TensorFlow.js models as ONNX, for every ONNX runtime.
 *
 * @module
 */

export type { Layout } from 'softpool';
export type { Target } from './emit/target.ts';
export type { ToOnnxOptions } from './layers-model/options.ts';
export { toOnnx } from './layers-model/to-onnx.ts';
export { type UnsupportedLayer, UnsupportedLayersError } from './layers-model/unsupported.ts';
