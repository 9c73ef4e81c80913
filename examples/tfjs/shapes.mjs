// Pictures to learn from: circles, squares and triangles of any place, size, angle and brightness,
// in noise.
import * as tf from '@tensorflow/tfjs-core';

/** The names of the classes. */
export const CLASSES = ['circle', 'square', 'triangle'];

/** The height and width of a picture, in pixels. */
export const SIZE = 24;

/**
 * Draws pictures: the images [count, 24, 24, 1], and labels [count, 3] that are 1 at the class.
 *
 * @param {number} count
 * @param {number} seed - A whole number; another draws other pictures.
 * @returns {{ images: tf.Tensor4D, labels: tf.Tensor2D }}
 */
export function drawShapes(count, seed) {
  const classes = Int32Array.from({ length: count }, (_, i) => i % CLASSES.length);
  return tf.tidy(() => {
    const drawn = /** @type {number[][]} */ (tf.randomUniform([count, 5], 0, 1, 'float32', seed).arraySync());
    const pixels = drawn.flatMap((numbers, i) => draw(Number(classes[i]), numbers));
    const noise = tf.randomNormal([count, SIZE, SIZE, 1], 0, 0.1, 'float32', seed + 1);
    return {
      images: /** @type {tf.Tensor4D} */ (tf.add(tf.tensor4d(pixels, [count, SIZE, SIZE, 1]), noise)),
      labels: /** @type {tf.Tensor2D} */ (tf.cast(tf.oneHot(tf.tensor1d(classes, 'int32'), CLASSES.length), 'float32')),
    };
  });
}

/**
 * The pixels of one shape, from five numbers between 0 and 1. Its edge is a pixel wide.
 *
 * @param {number} shape
 * @param {number[]} numbers
 */
function draw(shape, [across = 0, down = 0, size = 0, turn = 0, light = 0]) {
  const radius = 3.5 + 3.5 * size;
  const [centerX, centerY] = [across, down].map((place) => radius + place * (SIZE - 1 - 2 * radius));
  const [sin, cos] = [Math.sin(2 * Math.PI * turn), Math.cos(2 * Math.PI * turn)];
  return Array.from({ length: SIZE * SIZE }, (_, i) => {
    const [x, y] = [(i % SIZE) - Number(centerX), Math.floor(i / SIZE) - Number(centerY)];
    const outside = outsideOf(shape, cos * x - sin * y, sin * x + cos * y, radius);
    return (0.5 + 0.5 * light) * Math.min(1, Math.max(0, 0.5 - outside));
  });
}

/**
 * How far a point is outside of a shape about 0, below 0 inside. Shapes of one radius have about
 * the same area.
 *
 * @param {number} shape
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
function outsideOf(shape, x, y, radius) {
  if (shape === 0) return Math.hypot(x, y) - radius;
  if (shape === 1) return Math.max(Math.abs(x), Math.abs(y)) - 0.89 * radius;
  return Math.max(y, Math.abs(x) * Math.sin(Math.PI / 3) - y / 2) - 0.78 * radius;
}
