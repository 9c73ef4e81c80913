/** TensorFlow.js's webgl backend for a test, in a page. */
import * as tf from '@tensorflow/tfjs-core';

export async function openWebGl(): Promise<void> {
  await import('@tensorflow/tfjs-backend-webgl');
  await tf.setBackend('webgl');
  if (tf.getBackend() !== 'webgl') throw new Error('the webgl backend did not start');
}
