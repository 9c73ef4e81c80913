/**
 * `@softpool/tfjs/webgl`: imported for its effect, which is that TensorFlow.js's `webgl` backend can pool softly, where it runs on WebGL 2. On WebGL 1 the
 * ops throw an error.
 *
 * Results are within the tolerance of every other backend. Where a device draws only on 16-bit floats (`WEBGL_RENDER_FLOAT32_ENABLED` is false, as on some
 * phones), every tensor is stored in float16, in this backend's ops as in all others: outputs are then within 2⁻⁹ of what float32 gives and gradients
 * within 2⁻⁷, for numbers of about 1; beyond ±65504 they are infinite, and weights below 6e-8 are 0.
 *
 * @module
 */
import './backends/webgl.ts';
