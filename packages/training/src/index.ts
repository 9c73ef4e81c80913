/**
 * Data sets for training, in browsers and Node: batches, splits, generated pictures and clips.
 * `@softpool/training/node` reads files, trains and evaluates.
 *
 * @module
 */
export { type Batch, type BatchesOptions, batches } from './data/batches.ts';
export { type CorruptSample, CorruptSampleError, type DataSet, type Sample, type Split, type Transform } from './data/data-set.ts';
export { type MovingShapesOptions, movingShapes } from './data/generators/moving-shapes.ts';
export { type TexturedShapesOptions, texturedShapes } from './data/generators/textured-shapes.ts';
export { type KeepInMemoryOptions, keepInMemory } from './data/in-memory.ts';
export { type DataSplit, type LimitOptions, limitDataSet, mixDataSets, type SplitOptions, splitDataSet } from './data/subsets.ts';
