/**
 * The networks of the SoftPool paper (Stergiou, Poppe, Kalliatakis, ICCV 2021) for TensorFlow.js, with a choice of pooling, and their published weights.
 * `@softpool/models/node` trains and evaluates them.
 *
 * @module
 */
export {};
