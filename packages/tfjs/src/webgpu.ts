/**
 * Import `@softpool/tfjs/webgpu` to register the kernels for TensorFlow.js's `webgpu` backend, in
 * browsers and in Node.
 *
 * @module
 */
import './backends/webgpu.ts';
