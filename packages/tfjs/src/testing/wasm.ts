/** TensorFlow.js's wasm backend for a test. In a page it needs the path of its binaries. */
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

export async function openWasm(): Promise<void> {
  if ('document' in globalThis) setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
  await tf.setBackend('wasm');
  if (tf.getBackend() !== 'wasm') throw new Error('the wasm backend did not start');
}
