/**
 * `@softpool/training/internal`: shared with the sibling packages. It may change in any release;
 * import it only from packages of this repository.
 *
 * @module
 */
export { type ChartSpec, chartSvg, svgToPng } from './charts/chart.ts';
export { readImage } from './data/files/read-image.ts';
export { sampleShape } from './data/sample-shape.ts';
export { FOR_TRAINING } from './data/subsets.ts';
export { readWeights } from './model/named-weights.ts';
export { machine, versions } from './runs/environment.ts';
export { dataFingerprint, type WeightsFingerprint, weightsFingerprint } from './runs/fingerprints.ts';
export { jsonDifferences, shortJson } from './runs/json-diff.ts';
export { CHECKPOINT, CONFIG, lockOrThrow, readConfigFile } from './runs/run-folder.ts';
export { writeAll, writeFileAtomic, writingError } from './runs/write-file.ts';
export { OPTIMIZERS } from './train/optimizer.ts';
export { SCHEDULES } from './train/schedule.ts';
