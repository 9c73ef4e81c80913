/**
 * The networks of the SoftPool paper (Stergiou, Poppe, Kalliatakis, ICCV 2021) for TensorFlow.js,
 * with a choice of pooling, and readers for their published weights. `@softpool/models/node` opens
 * weight files on disk; `@softpool/training` trains and evaluates.
 *
 * @module
 */
export { BACKBONE_NAMES, type BackboneName, type Normalization } from './backbones/catalogue.ts';
export { countModel, type LayerCount, type ModelCount } from './backbones/count.ts';
export { type BackboneDescription, type BackboneOptions, createBackbone, describeBackbone } from './backbones/create.ts';
export { setDropoutStep } from './backbones/layers/dropout.ts';
export type { PoolReport } from './backbones/pools.ts';
export { type Random, randomOf } from './random/random.ts';
export type { DType } from './weights/dtypes.ts';
export { freezeLayers } from './weights/freeze.ts';
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
