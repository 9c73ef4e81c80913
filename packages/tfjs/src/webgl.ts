/**
 * Import `@softpool/tfjs/webgl` to register the kernels for TensorFlow.js's `webgl` backend. They
 * need WebGL 2; on WebGL 1 the ops throw an error.
 *
 * Results are within the tolerance of all backends. Some devices, such as some phones, draw only on
 * 16-bit floats (`WEBGL_RENDER_FLOAT32_ENABLED` is false). Every tensor is then stored in float16,
 * in the ops of this backend as in all others. For numbers of about 1, outputs are then within 2⁻⁹
 * of float32 and gradients within 2⁻⁷. Numbers beyond ±65504 become infinite, and weights below
 * 6e-8 become 0.
 *
 * @module
 */
import './backends/webgl.ts';
