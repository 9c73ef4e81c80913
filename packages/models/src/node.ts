/**
 * Files of weights on a disk, in Node.
 *
 * @module
 */
export { readWeights } from './weights/read-weights.ts';
