/**
 * `@softpool/tfjs/webgpu`: imported for its effect, which is that TensorFlow.js's `webgpu` backend can pool softly, in browsers and in Node.
 *
 * @module
 */
import './backends/webgpu.ts';
