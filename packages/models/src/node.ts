/**
 * Weight files on disk, in Node.
 *
 * @module
 */
export { readWeights } from './weights/read-weights.ts';
