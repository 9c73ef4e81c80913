/** TensorFlow.js's webgpu backend for a test. Node gets WebGPU from the package `webgpu`. */
import * as tf from '@tensorflow/tfjs-core';

export async function openWebGpu(): Promise<void> {
  const there = (globalThis as { navigator?: Partial<Navigator> }).navigator;
  if (there?.gpu === undefined) {
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
  }
  await import('@tensorflow/tfjs-backend-webgpu');
  await tf.setBackend('webgpu');
}
