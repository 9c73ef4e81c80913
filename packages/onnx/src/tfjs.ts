/**
 * Models of TensorFlow.js as ONNX: what was trained in TypeScript runs in every runtime of ONNX.
 *
 * @module
 */
export type { ToOnnxOptions } from './layers-model/options.ts';
export { toOnnx } from './layers-model/to-onnx.ts';
export { type UnsupportedLayer, UnsupportedLayersError } from './layers-model/unsupported.ts';
export type { DataFormat } from './layers-model/values.ts';
