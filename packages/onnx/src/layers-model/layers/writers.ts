/** The writers of all supported layers, by class. */
import { ACTIVATION_LAYERS } from './activations.ts';
import { ADAPTIVE_POOLING_LAYERS } from './adaptive-pooling.ts';
import { CONVOLUTION_LAYERS } from './convolutions.ts';
import { DENSE_LAYERS } from './dense.ts';
import { inputOf, type LayerWriter } from './layer-call.ts';
import { MERGING_LAYERS } from './merging.ts';
import { NORMALIZATION_LAYERS } from './normalization.ts';
import { POOLING_LAYERS } from './pooling.ts';
import { RESIZING_LAYERS } from './resizing.ts';
import { SHAPE_LAYERS } from './shapes.ts';
import { SOFT_POOLING_LAYERS } from './soft-pooling.ts';

/** The writer for a class; `undefined` if there is none. */
export function writerOf(className: string): LayerWriter | undefined {
  return WRITERS.get(className);
}

/** Layers that only act in training. */
const NOTHING_AFTER_TRAINING = ['Dropout', 'SpatialDropout1D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout', 'SeededDropout'];

const WRITERS: ReadonlyMap<string, LayerWriter> = new Map(
  Object.entries({
    ...ACTIVATION_LAYERS,
    ...ADAPTIVE_POOLING_LAYERS,
    ...CONVOLUTION_LAYERS,
    ...DENSE_LAYERS,
    ...MERGING_LAYERS,
    ...NORMALIZATION_LAYERS,
    ...POOLING_LAYERS,
    ...RESIZING_LAYERS,
    ...SHAPE_LAYERS,
    ...SOFT_POOLING_LAYERS,
    ...Object.fromEntries(NOTHING_AFTER_TRAINING.map((name): [string, LayerWriter] => [name, (call) => inputOf(call)])),
  }),
);
