/**
 * The kernels for TensorFlow.js's wasm backend. They are the kernels of `softpool`, run in the
 * backend's own memory on its tensors, without copies. In a cross-origin isolated page the backend
 * runs on threads and does not expose its memory. Tensors are then copied through the memory of
 * `softpool`.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { BoundedCache } from 'softpool/internal';
import { createMemorySoftPool, type MemorySoftPool, type PreparedPool } from 'softpool/memory';
import { type PoolOptions, registerKernels } from '../ops/kernel.ts';
import { compute, type FloatTensor } from './compute.ts';

/** The part of the wasm backend that the kernels use. */
interface WasmBackend {
  readonly wasm: { readonly asm: { readonly memory?: WebAssembly.Memory }; _malloc(bytes: number): number; _free(address: number): void };
  readonly dataIdMap: { get(id: object): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
}

/** The most problems that stay prepared: more than a network has different pooling layers. */
const MOST_PREPARED = 64;

/** The kernels in one backend's memory, and the problems prepared there. */
interface Kernels {
  readonly pool: MemorySoftPool;
  readonly prepared: BoundedCache<string, PreparedPool>;
}

const kernels = new WeakMap<WasmBackend, Kernels>();

registerKernels('wasm', (backend, { options }, x, dy) => {
  const wasm = backend as WasmBackend;
  const { memory } = wasm.wasm.asm;
  return memory === undefined ? copied(wasm, options, x, dy) : inPlace(wasm, memory, options, x, dy);
});

function inPlace(
  backend: WasmBackend,
  memory: WebAssembly.Memory,
  options: PoolOptions,
  x: tf.TensorInfo,
  dy: tf.TensorInfo | undefined,
): tf.TensorInfo {
  const prepared = prepare(kernelsOf(backend, memory), x.shape, options);
  const { inputShape, outputShape } = prepared.geometry;
  const result = backend.makeOutput([...(dy === undefined ? outputShape : inputShape)], 'float32');
  const addressOf = ({ dataId }: tf.TensorInfo): number => backend.dataIdMap.get(dataId).memoryOffset;
  if (dy === undefined) prepared.pool(addressOf(x), addressOf(result));
  else prepared.poolGrad(addressOf(x), addressOf(dy), addressOf(result));
  return result;
}

function copied(backend: WasmBackend, options: PoolOptions, x: tf.TensorInfo, dy: tf.TensorInfo | undefined): tf.TensorInfo {
  const read = (tensor: tf.TensorInfo): FloatTensor => ({ data: backend.typedArrayFromHeap(tensor), shape: tensor.shape });
  const { data, shape } = compute(options, read(x), dy && read(dy));
  const result = backend.makeOutput([...shape], 'float32');
  backend.typedArrayFromHeap(result).set(data);
  return result;
}

function prepare({ pool, prepared }: Kernels, shape: number[], options: PoolOptions): PreparedPool {
  const key = JSON.stringify([shape, options]);
  const known = prepared.get(key);
  if (known !== undefined) return known;
  const made = pool.prepare(shape, options);
  prepared.set(key, made)?.dispose();
  return made;
}

function kernelsOf(backend: WasmBackend, memory: WebAssembly.Memory): Kernels {
  const known = kernels.get(backend);
  if (known !== undefined) return known;
  const { wasm } = backend;
  const host = {
    memory,
    allocate: (bytes: number) => wasm._malloc(bytes),
    free: (address: number) => wasm._free(address),
  };
  const made = { pool: createMemorySoftPool(host), prepared: new BoundedCache<string, PreparedPool>(MOST_PREPARED) };
  kernels.set(backend, made);
  return made;
}
