// Soft pooling in TensorFlow.js beside the pooling that TensorFlow.js has, on its wasm backend: npm run bench:tfjs
import { softPool2d, softPool3d } from '@softpool/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers'; // the gradients of TensorFlow.js's own ops
import { cpus } from 'node:os';
import { markdownTable } from 'markdown-table';
import { measure, ratio } from './measure.mjs';

/** Activations as they come out of a network: normal, with half of them cut off at 0. */
const activations = (/** @type {number[]} */ shape) => tf.tidy(() => tf.relu(tf.randomNormal(shape, 0, 1, 'float32', 1)));

/**
 * The subjects of one kind of windows: each a pooling op. `composition` is SoftPool of stock ops, Σ x eˣ / Σ eˣ, which overflows at x ≈ 89.
 *
 * @param {2 | 3} dims
 * @param {number} size
 * @param {number} stride
 * @param {'valid' | 'same'} pad
 * @returns {Record<'softPool' | 'avgPool' | 'maxPool' | 'composition', (x: tf.Tensor) => tf.Tensor>}
 */
function ops(dims, size, stride, pad) {
  const average = (/** @type {any} */ x) => (dims === 2 ? tf.avgPool(x, size, stride, pad) : tf.avgPool3d(x, size, stride, pad));
  return {
    softPool: (x) => (dims === 2 ? softPool2d(x, size, stride, pad) : softPool3d(x, size, stride, pad)),
    avgPool: average,
    maxPool: (/** @type {any} */ x) => (dims === 2 ? tf.maxPool(x, size, stride, pad) : tf.maxPool3d(x, size, stride, pad)),
    composition: (x) => {
      const e = tf.exp(x);
      return tf.div(average(tf.mul(e, x)), average(e));
    },
  };
}

await tf.setBackend('wasm');
console.log(`TensorFlow.js ${tf.version_core}, wasm, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n`);

const rows = [['what', 'softPool, ms', 'of avgPool', 'of maxPool', 'of the composition']];
for (const [title, shape, dims, size, stride, pad] of /** @type {[string, number[], 2 | 3, number, number, 'valid' | 'same'][]} */ ([
  ['2×2/2, [8,112,112,64]', [8, 112, 112, 64], 2, 2, 2, 'valid'],
  ['3×3/2 same, [8,112,112,64]', [8, 112, 112, 64], 2, 3, 2, 'same'],
  ['2×2/2, [32,16,16,32]', [32, 16, 16, 32], 2, 2, 2, 'valid'],
  ['2×2×2/2, [2,16,56,56,32]', [2, 16, 56, 56, 32], 3, 2, 2, 'valid'],
])) {
  const x = activations(shape);
  const subjects = ops(dims, size, stride, pad);
  const dy = tf.tidy(() => tf.onesLike(subjects.softPool(x)));
  for (const isBackward of [false, true]) {
    const calls = /** @type {Record<keyof typeof subjects, () => void>} */ (
      Object.fromEntries(
        Object.entries(subjects).map(([name, op]) => {
          return [name, () => tf.tidy(() => (isBackward ? tf.grad(op)(x, dy) : op(x))).dispose()];
        }),
      )
    );
    const { softPool, avgPool, maxPool, composition } = await measure(calls, { rounds: 15 });
    const [first, third] = softPool.quartiles;
    rows.push([
      `${title}, ${isBackward ? 'forward and backward' : 'forward'}`,
      `${softPool.median.toFixed(2)} (${first.toFixed(2)}–${third.toFixed(2)})`,
      ...[avgPool, maxPool, composition].map((peer) => `${ratio(softPool, peer).toFixed(2)}×`),
    ]);
  }
  tf.dispose([x, dy]);
}
console.log(markdownTable(rows, { align: ['l', 'r', 'r', 'r', 'r'] }));
console.log(
  '\nMedians of 15 rounds and their quartiles; the others as ratios of times within a round, so that less than 1× is faster than the peer.',
);
