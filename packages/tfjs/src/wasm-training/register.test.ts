import '../wasm-training.ts';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, test, vi } from 'vitest';
import { addKernel, replaceKernel } from './register.ts';

const NAME = 'AKernelForThisTest';
const none = (): tf.TensorInfo => ({ dataId: {}, shape: [0], dtype: 'float32' });

afterEach(() => {
  if (tf.getKernel(NAME, 'wasm') !== undefined) tf.unregisterKernel(NAME, 'wasm');
});

test('a kernel that the backend has stays', () => {
  const config = { kernelName: NAME, backendName: 'wasm', kernelFunc: none };
  tf.registerKernel(config);
  addKernel(NAME, () => tf.scalar(1));
  expect(tf.getKernel(NAME, 'wasm')).toBe(config);
});

test('a kernel is replaced once, keeps its other fields, and causes no warning', () => {
  const warn = vi.spyOn(console, 'warn');
  const setupFunc = (): void => {};
  tf.registerKernel({ kernelName: NAME, backendName: 'wasm', kernelFunc: none, setupFunc });
  replaceKernel(NAME, () => undefined);
  const replacement = tf.getKernel(NAME, 'wasm');
  replaceKernel(NAME, () => undefined);
  expect(tf.getKernel(NAME, 'wasm')).toBe(replacement);
  expect(replacement.setupFunc).toBe(setupFunc);
  expect(warn).not.toHaveBeenCalled();
});

test('the replaced kernel computes what the replacement does not', () => {
  const result = none();
  tf.registerKernel({ kernelName: NAME, backendName: 'wasm', kernelFunc: () => result });
  replaceKernel(NAME, () => undefined);
  expect(tf.getKernel(NAME, 'wasm').kernelFunc({ inputs: {}, backend: {}, attrs: {} })).toBe(result);
});

test('a kernel that the backend lacks is not replaced', () => {
  replaceKernel(NAME, () => tf.scalar(1));
  expect(tf.getKernel(NAME, 'wasm')).toBeUndefined();
});

test('the module can be loaded twice, as by a program with two copies of it', async () => {
  const names = ['Conv2DBackpropFilter', 'Conv2DBackpropInput', 'Conv3D', 'DepthwiseConv2dNativeBackpropInput'];
  const before = names.map((name) => tf.getKernel(name, 'wasm'));
  vi.resetModules();
  await import('../wasm-training.ts');
  expect(names.map((name) => tf.getKernel(name, 'wasm'))).toEqual(before);
});
