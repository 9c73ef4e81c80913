/** The memory that worker threads share: tensors, and blocks for what a job needs. */
import { type Job, resultShape } from '../../api/job.ts';
import { type DType, type FloatArray, type Tensor, tensorLike } from '../../api/tensor.ts';
import { product } from '../../geometry/product.ts';
import { createAllocator } from '../allocator.ts';
import { type Machine, SLACK } from '../wasm-module.ts';
import { createTensorRegistry, type TensorRegistry } from './tensor-registry.ts';

/** A memory of fixed size with an allocator. */
export interface TensorMemory {
  readonly machine: Machine;
  /** A tensor of zeros, with `length` elements. */
  allocate(shape: readonly number[], dtype: DType, length: number): Tensor;
  /** The tensors that lie here. */
  readonly registry: TensorRegistry;
  /** A tensor for the result of a job whose x lies here. */
  allocateResult<D extends FloatArray>(job: Job<D>): Tensor<D>;
  /** Frees a tensor. Throws unless it lies here and no call uses it. */
  free(tensor: Tensor): void;
  /**
   * Reserves a block, with room for vectors that reach over its end. Throws a RangeError if there
   * is none.
   */
  reserve(bytes: number): number;
  /** Frees a block. */
  release(address: number): void;
  /** Calls `release` when the memory is full, so that it frees what can be made again. */
  whenFull(release: () => void): void;
}

/** The unit in which a WebAssembly memory grows. */
export const PAGE_BYTES = 65536;

const ARRAYS = { float64: Float64Array, float32: Float32Array, float16: Uint16Array } as const;

/** A tensor of zeros in JavaScript's memory, or around elements elsewhere. */
export function newTensor(dtype: DType, shape: readonly number[], data?: FloatArray): Tensor {
  const elements = data ?? new ARRAYS[dtype](product(shape));
  return dtype === 'float16' ? { data: elements, shape: [...shape], dtype } : { data: elements, shape: [...shape] };
}

/**
 * Manages the memory of a machine. Its first page stays free, so that no tensor lies at address 0.
 */
export function createTensorMemory(machine: Machine): TensorMemory {
  const { buffer } = machine.memory;
  const allocator = createAllocator(PAGE_BYTES, buffer.byteLength);
  const registry = createTensorRegistry(buffer);
  let makeRoom = (): void => {};
  const registered = <T extends Tensor>(tensor: T): T => {
    registry.add(tensor);
    return tensor;
  };
  const reserve = (bytes: number): number => {
    let address = allocator.allocate(bytes + SLACK);
    if (address === undefined) {
      makeRoom();
      address = allocator.allocate(bytes + SLACK);
    }
    if (address !== undefined) return address;
    throw new RangeError(
      `softpool: the shared memory has no room for ${bytes} bytes: ${allocator.used()} of its ${buffer.byteLength} are in use; free tensors, or pass a larger memoryBytes to createThreadedSoftPool`,
    );
  };
  return {
    machine,
    registry,
    allocate(shape, dtype, length) {
      const Elements = ARRAYS[dtype];
      const address = reserve(length * Elements.BYTES_PER_ELEMENT);
      return registered(newTensor(dtype, shape, new Elements(buffer, address, length).fill(0)));
    },
    allocateResult<D extends FloatArray>(job: Job<D>) {
      const { x } = job;
      const shape = resultShape(job);
      const length = product(shape);
      const Elements = x.data.constructor as new (buffer: ArrayBufferLike, address: number, length: number) => D;
      return registered(tensorLike(x, new Elements(buffer, reserve(length * x.data.BYTES_PER_ELEMENT), length), shape));
    },
    free(tensor) {
      registry.remove(tensor);
      allocator.free(tensor.data.byteOffset);
    },
    reserve,
    release: (address) => void allocator.free(address),
    whenFull(release) {
      makeRoom = release;
    },
  };
}
