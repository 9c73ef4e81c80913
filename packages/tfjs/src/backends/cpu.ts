/** The kernels for TensorFlow.js's cpu backend: the calls of `softpool` on its typed arrays. */
import type * as tf from '@tensorflow/tfjs-core';
import { registerKernels } from '../ops/kernel.ts';
import { compute, type FloatTensor } from './compute.ts';

/** The part of the cpu backend that the kernels use. */
interface CpuBackend {
  readonly data: { get(id: object): { readonly values: Float32Array | Int32Array | Uint8Array } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): tf.TensorInfo;
}

registerKernels('cpu', (backend, { options }, x, dy) => {
  const cpu = backend as CpuBackend;
  const read = ({ dataId, shape }: tf.TensorInfo): FloatTensor => ({ data: floatsOf(cpu.data.get(dataId).values), shape });
  const { data, shape } = compute(options, read(x), dy && read(dy));
  return cpu.makeTensorInfo([...shape], 'float32', data);
});

/** Floats of a tensor. A cast tensor still has the array of its old type. */
function floatsOf(values: Float32Array | Int32Array | Uint8Array): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}
