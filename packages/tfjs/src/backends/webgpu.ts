/**
 * The kernels for TensorFlow.js's webgpu backend: those of `softpool/webgpu`, recorded into the
 * backend's command encoder, on its buffers.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type GpuCalls, type GpuSoftPool, type GpuTensor, gpuSoftPoolOn } from 'softpool/webgpu';
import { type PoolOptions, type PoolProblem, registerKernels } from '../ops/kernel.ts';

/** The part of the webgpu backend that the kernels use. */
interface WebGpuBackend {
  readonly device: GPUDevice;
  readonly commandEncoder: GPUCommandEncoder;
  readonly commandQueueOwnedIds: WeakSet<object>;
  readonly tensorMap: { get(id: object): { readonly dtype: tf.DataType; readonly resource: GPUBuffer } };
  /** Programs recorded since the last submission. */
  dispatchCountInPass: number;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  uploadToGPU(id: object): void;
  makeTensorInfo(shape: number[], dtype: 'float32', values?: Float32Array): tf.TensorInfo;
  disposeData(id: object): boolean;
}

const pools = new WeakMap<GPUDevice, GpuSoftPool>();

registerKernels('webgpu', (backend, problem, x, dy) => {
  const gpu = backend as WebGpuBackend;
  return run(gpu, problem, asFloats(gpu, x), dy && asFloats(gpu, dy));
});

/** A tensor, and whether a kernel made it. */
interface Input {
  readonly tensor: tf.TensorInfo;
  readonly isTemporary: boolean;
}

function run(backend: WebGpuBackend, { options, geometry }: PoolProblem, x: Input, dy: Input | undefined): tf.TensorInfo {
  const there = (tensor: tf.TensorInfo): GpuTensor => {
    backend.uploadToGPU(tensor.dataId);
    // So that it is not reused before the encoder is submitted.
    backend.commandQueueOwnedIds.add(tensor.dataId);
    return { buffer: backend.tensorMap.get(tensor.dataId).resource, shape: tensor.shape, dtype: 'float32' };
  };
  const shape = dy === undefined ? [...geometry.outputShape] : x.tensor.shape;
  const result = backend.makeTensorInfo(shape, 'float32');
  const [input, gradient, into] = [there(x.tensor), dy && there(dy.tensor), there(result)];
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  compute(poolOn(backend.device).encodeInto(backend.commandEncoder), options, input, gradient, into);
  for (const { tensor, isTemporary } of dy === undefined ? [x] : [x, dy]) if (isTemporary) backend.disposeData(tensor.dataId);
  // As after the backend's own programs: until it submits, it frees no tensor that they use.
  backend.dispatchCountInPass++;
  if (backend.dispatchCountInPass >= tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) backend.submitQueue();
  return result;
}

function compute(
  calls: GpuCalls,
  { spatialDims, ...windows }: PoolOptions,
  x: GpuTensor,
  dy: GpuTensor | undefined,
  into: GpuTensor,
): void {
  const options = { ...windows, into } as never; // of as many axes as the call
  const call = 'outputSize' in windows ? (`adaptiveSoftPool${spatialDims}d` as const) : (`softPool${spatialDims}d` as const);
  if (dy === undefined) calls[call](x, options);
  else calls[`${call}Grad`](x, dy, options);
}

/** Floats of a tensor. A cast tensor still has its old numbers; integers are converted here. */
function asFloats(backend: WebGpuBackend, tensor: tf.TensorInfo): Input {
  if (backend.tensorMap.get(tensor.dataId).dtype === 'float32') return { tensor, isTemporary: false };
  const one = backend.makeTensorInfo([], 'float32', Float32Array.of(1));
  const inputs = { a: { ...tensor, dtype: backend.tensorMap.get(tensor.dataId).dtype }, b: one };
  const product = tf.getKernel(tf.Multiply, 'webgpu').kernelFunc({ inputs, backend, attrs: {} }) as tf.TensorInfo;
  backend.disposeData(one.dataId);
  return { tensor: product, isTemporary: true };
}

function poolOn(device: GPUDevice): GpuSoftPool {
  const known = pools.get(device);
  if (known !== undefined) return known;
  const made = gpuSoftPoolOn(device);
  pools.set(device, made);
  return made;
}
