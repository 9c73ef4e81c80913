/**
 * Data, training and evaluation in Node.
 *
 * @module
 */
export { readWeights } from './weights/read-weights.ts';
