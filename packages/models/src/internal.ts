/**
 * `@softpool/models/internal`: shared with the sibling packages. It may change in any release;
 * import it only from packages of this repository.
 *
 * @module
 */
export { BACKBONES } from './backbones/catalogue.ts';
export { POOLS, POSITIONS } from './backbones/create.ts';
export { adaptivePooling2d } from './backbones/layers/adaptive-pooling.ts';
export { batchNormalization } from './backbones/layers/batch-normalization.ts';
export { dropout } from './backbones/layers/dropout.ts';
export { groupedConvolution2d } from './backbones/layers/grouped-convolution.ts';
export { zeroPadding3d } from './backbones/layers/zero-padding-3d.ts';
export { checkSeed, seedFrom, shuffled } from './random/random.ts';
export { type PickleHost, unpickle } from './weights/pickle.ts';
export { readSafetensors } from './weights/safetensors.ts';
