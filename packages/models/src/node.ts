/**
 * Data, training and evaluation in Node.
 *
 * @module
 */
export {};
