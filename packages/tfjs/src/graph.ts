/**
 * Soft pooling in graph models of TensorFlow.js. Unlike the main entry, it needs
 * `@tensorflow/tfjs-converter`.
 *
 * @module
 */
import './backends/cpu.ts';
import './backends/wasm.ts';

export { inspectPoolingInGraph, registerGraphOps, swapPoolingInGraph } from './surgery/graph-model.ts';
