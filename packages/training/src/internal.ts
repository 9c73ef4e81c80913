/**
 * `@softpool/training/internal`: what the sibling packages share with `@softpool/training`. It may change in any release; import it
 * only from packages of this repository.
 *
 * @module
 */
export { chartSvg, svgToPng } from './charts.ts';
export { readImage } from './data/read-image.ts';
export { differences, shownJson } from './differences.ts';
export { machine, versions } from './train/machine.ts';
export { CONFIG, locked } from './train/run-folder.ts';
export { writeAll, writeWhole, writingError } from './write-whole.ts';
