/** TensorFlow.js's wasm backend for a test. A page has to be told where its binaries are; Node finds them. */

import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

export async function openWasm(): Promise<void> {
  if ('document' in globalThis) setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
  await tf.setBackend('wasm');
  if (tf.getBackend() !== 'wasm') throw new Error('the wasm backend did not start');
}
