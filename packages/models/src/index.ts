/**
 * The networks of the SoftPool paper (Stergiou, Poppe, Kalliatakis, ICCV 2021) for TensorFlow.js, with a choice of pooling, and their published weights.
 * `@softpool/models/node` trains and evaluates them.
 *
 * @module
 */
export type { DType } from './weights/dtypes.ts';
export {
  type LoadedWeights,
  type LoadOptions,
  loadWeights,
  type MisshapenTensor,
  saveWeights,
  WeightsMismatchError,
} from './weights/load.ts';
export { openWeights } from './weights/open-weights.ts';
export { encodeSafetensors } from './weights/safetensors.ts';
export { type ByteSource, type StoredTensor, type TensorData, type TensorFile, WeightsError } from './weights/tensor-file.ts';
