/**
 * Soft pooling in graph models of TensorFlow.js. Needs `@tensorflow/tfjs-converter`, which the main entry does not.
 *
 * @module
 */
import './backends/cpu.ts';
import './backends/wasm.ts';

export { registerGraphOps, replaceGraphPooling } from './surgery/graph-model.ts';
