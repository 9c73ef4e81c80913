/** Tensors on a device, which device that is, and whether the work that fills them has failed. */
import { checkOneOf, describe, rangeError, throwIfAborted, typeError } from '../api/errors.ts';
import { checkShape, checkTensor, type Tensor, type TensorLike } from '../api/tensor.ts';
import { product } from '../geometry/product.ts';
import type { GpuDType, GpuTensor } from './gpu-tensor.ts';

/** Values of GPUBufferUsage, which Node lacks without a package. */
export const USAGE = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 } as const;
/** The value of GPUMapMode.READ. */
const READ = 1;

/** Offsets within a tensor are 32-bit: in elements in every kernel, in bytes in most drivers. */
const MOST_BYTES = 2 ** 31;

// For the buffers made here: their device, whether they were freed, and the first failure of the
// work that fills them.
const devices = new WeakMap<GPUBuffer, GPUDevice>();
const freed = new WeakSet<GPUBuffer>();
const failures = new WeakMap<GPUBuffer, Promise<Error | undefined>>();

/**
 * The bytes of a tensor's buffer: those of a word if the tensor is empty, since no buffer can be.
 */
export function bytesOf(shape: readonly number[], dtype: GpuDType): number {
  const size = shape.reduce((product, length) => product * length, dtype === 'float16' ? 2 : 4);
  return Math.max(4, Math.ceil(size / 4) * 4);
}

/** Throws if a tensor has more bytes than a GPU tensor may have. */
export function checkBytes(call: string, name: string, shape: readonly number[], dtype: GpuDType): void {
  const bytes = bytesOf(shape, dtype);
  if (bytes > MOST_BYTES) {
    const hint = ` for the shape ${describe(shape)} of ${dtype}: split it along the batch`;
    throw rangeError(call, name, `at most 2^31 (${MOST_BYTES}) bytes on the GPU`, bytes, hint);
  }
}

/** Throws unless `tensor` is a tensor on this device, not freed. */
export function checkGpuTensor(call: string, name: string, tensor: GpuTensor, device: GPUDevice): void {
  if (typeof tensor !== 'object' || tensor === null || typeof tensor.buffer !== 'object' || tensor.buffer === null) {
    const hint = typeof tensor === 'object' && tensor !== null && 'data' in tensor ? ': copy it to the GPU with upload()' : '';
    throw typeError(call, name, 'a GpuTensor { buffer, shape, dtype }', tensor, hint);
  }
  const { buffer, shape, dtype } = tensor;
  checkOneOf(call, `${name}.dtype`, dtype, ['float32', 'float16']);
  checkShape(call, `${name}.shape`, shape);
  checkBytes(call, name, shape, dtype);
  if (freed.has(buffer)) throw new Error(`${call}: ${name} was freed`);
  const owner = devices.get(buffer);
  if (owner !== undefined && owner !== device) {
    throw typeError(call, name, 'a tensor of this device', tensor, ' of another device: read() it there and upload() it here');
  }
  if (buffer.size < bytesOf(shape, dtype)) {
    const expected = `at least ${bytesOf(shape, dtype)} bytes for the shape ${describe(shape)} of ${dtype}`;
    throw rangeError(call, `${name}.buffer.size`, expected, buffer.size);
  }
  if ((buffer.usage & USAGE.STORAGE) === 0) {
    throw typeError(call, `${name}.buffer.usage`, 'one with STORAGE (128)', buffer.usage);
  }
}

/** A new tensor of zeros. */
export function createTensor(device: GPUDevice, shape: readonly number[], dtype: GpuDType): GpuTensor {
  const usage = USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST;
  const buffer = device.createBuffer({ label: `softpool [${shape.join(', ')}] ${dtype}`, size: bytesOf(shape, dtype), usage });
  devices.set(buffer, device);
  return { buffer, shape, dtype };
}

/** Copies a tensor to the device. */
export function uploadTensor(device: GPUDevice, given: TensorLike): GpuTensor {
  const { tensor, dtype } = checkTensor('upload', 'tensor', given);
  if (dtype === 'float64') {
    throw typeError('upload', 'tensor', 'float32 or float16', dtype, ', which WGSL does not have: convert it to a Float32Array');
  }
  const { data, shape } = tensor;
  checkBytes('upload', 'tensor', shape, dtype);
  const there = createTensor(device, [...shape], dtype);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const whole = bytes.length - (bytes.length % 4);
  device.queue.writeBuffer(there.buffer, 0, bytes, 0, whole);
  if (whole < bytes.length) {
    const rest = new Uint8Array(4);
    rest.set(bytes.subarray(whole));
    device.queue.writeBuffer(there.buffer, whole, rest);
  }
  return there;
}

/** Copies a tensor to JavaScript's memory, unless `signal` is aborted before. */
export async function readTensor(
  device: GPUDevice,
  { buffer, shape, dtype }: GpuTensor,
  signal: AbortSignal | undefined,
): Promise<Tensor<Float32Array> | Tensor<Uint16Array>> {
  const size = bytesOf(shape, dtype);
  const staging = device.createBuffer({ label: 'softpool read', size, usage: USAGE.MAP_READ | USAGE.COPY_DST });
  const stop = (): void => staging.destroy(); // which rejects mapAsync
  signal?.addEventListener('abort', stop);
  try {
    throwIfAborted(signal);
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(READ);
    const bytes = staging.getMappedRange().slice(0);
    const length = product(shape);
    return dtype === 'float16'
      ? { data: new Uint16Array(bytes, 0, length), shape: [...shape], dtype }
      : { data: new Float32Array(bytes, 0, length), shape: [...shape] };
  } finally {
    signal?.removeEventListener('abort', stop);
    staging.destroy();
  }
}

/** Frees a tensor's memory, once the GPU has done the work submitted before. */
export function freeTensor({ buffer }: GpuTensor): void {
  freed.add(buffer);
  buffer.destroy();
}

/**
 * Records the work that fills a tensor. Reading the tensor fails if that work failed, or the work
 * that filled its inputs.
 */
export function noteWork({ buffer }: GpuTensor, inputs: readonly GpuTensor[], work: Promise<Error | undefined>): void {
  const before = inputs.map((input) => failures.get(input.buffer));
  failures.set(
    buffer,
    Promise.all([...before, work]).then((errors) => errors.find((error) => error !== undefined)),
  );
}

/** The failure of the work that fills a tensor, once it is known. */
export async function failureOf({ buffer }: GpuTensor): Promise<Error | undefined> {
  return failures.get(buffer);
}
