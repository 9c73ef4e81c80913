/** The kernels for TensorFlow.js's cpu backend: the calls of `softpool` on its typed arrays. */
import * as tf from '@tensorflow/tfjs-core';
import {
  adaptiveSoftPool1d,
  adaptiveSoftPool1dGrad,
  adaptiveSoftPool2d,
  adaptiveSoftPool2dGrad,
  adaptiveSoftPool3d,
  adaptiveSoftPool3dGrad,
  softPool1d,
  softPool1dGrad,
  softPool2d,
  softPool2dGrad,
  softPool3d,
  softPool3dGrad,
  type Tensor,
} from 'softpool';
import { type PoolOptions, SOFT_POOL, SOFT_POOL_GRAD, type SoftPoolAttrs } from '../ops/kernel.ts';

/** What is used of the cpu backend. */
interface CpuBackend {
  readonly data: { get(id: object): { readonly values: Float32Array | Int32Array | Uint8Array } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): tf.TensorInfo;
}

type FloatTensor = Tensor<Float32Array>;

for (const kernelName of [SOFT_POOL, SOFT_POOL_GRAD]) {
  tf.registerKernel({
    kernelName,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const cpu = backend as CpuBackend;
      const read = ({ dataId, shape }: tf.TensorInfo): FloatTensor => ({ data: floatsOf(cpu.data.get(dataId).values), shape });
      const { x, dy } = inputs as { x: tf.TensorInfo; dy?: tf.TensorInfo };
      const { data, shape } = compute((attrs as unknown as SoftPoolAttrs).options, read(x), dy && read(dy));
      return cpu.makeTensorInfo([...shape], 'float32', data);
    },
  });
}

/** What was cast has the array that it had before. */
function floatsOf(values: Float32Array | Int32Array | Uint8Array): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

const POOL = { 1: softPool1d, 2: softPool2d, 3: softPool3d } as const;
const POOL_GRAD = { 1: softPool1dGrad, 2: softPool2dGrad, 3: softPool3dGrad } as const;
const ADAPTIVE = { 1: adaptiveSoftPool1d, 2: adaptiveSoftPool2d, 3: adaptiveSoftPool3d } as const;
const ADAPTIVE_GRAD = { 1: adaptiveSoftPool1dGrad, 2: adaptiveSoftPool2dGrad, 3: adaptiveSoftPool3dGrad } as const;

function compute({ spatialDims, ...options }: PoolOptions, x: FloatTensor, dy: FloatTensor | undefined): FloatTensor {
  if ('outputSize' in options) return dy === undefined ? ADAPTIVE[spatialDims](x, options) : ADAPTIVE_GRAD[spatialDims](x, dy, options);
  return dy === undefined ? POOL[spatialDims](x, options) : POOL_GRAD[spatialDims](x, dy, options);
}
