/**
 * The CPU backend on tensors in the memory of a host with kernels of its own, such as
 * TensorFlow.js's wasm backend, without a copy.
 */
import { disposable, type WithDispose } from '../api/disposable.ts';
import { rangeError, typeError } from '../api/errors.ts';
import type { WasmMemory } from '../api/global-types.ts';
import { innerProblem, type Job, newProblem, type Problem } from '../api/job.ts';
import { checkOperator, type GradientOptions } from '../api/options.ts';
import { checkAnyWindows, type PoolGeometry, type PoolGeometryOptions } from '../geometry/pool-geometry.ts';
import { product } from '../geometry/product.ts';
import { copyFromZeros, copyIntoZeros } from '../geometry/zeros.ts';
import { runDefinition } from '../reference/run.ts';
import { compileAll, instantiateAll } from './all-kernels.ts';
import { directCalls, isDirect, runStaged, stagedParts, stagedPiece, stagingBytes } from './dispatch.ts';
import type { Operands } from './operands.ts';
import { type Plan, planFor, wholeJob } from './plan.ts';
import { placeProblem, problemBytes } from './problem-block.ts';
import { compileSharedKernels } from './shared-kernels.ts';
import { transposedThere } from './staging.ts';
import { type Machine, runCalls, SLACK } from './wasm-module.ts';

/** A memory of yours, and its allocator. */
export interface HostMemory {
  /** The `WebAssembly.Memory`. It may grow; it may be shared. */
  readonly memory: WasmMemory;
  /**
   * Allocates `bytes`. Returns their address, a multiple of 8. Throws or returns 0 if there is no
   * room.
   */
  allocate(bytes: number): number;
  /** Frees the block at an address. */
  free(address: number): void;
}

/** SoftPool on float32 tensors in one memory. */
export interface MemorySoftPool {
  /**
   * Prepares the pooling of tensors of one shape: lists its windows, and reserves the memory that
   * it needs until `dispose`.
   *
   * @param shape - `[N, C, ...spatial]`, or without `N`; with `layout: 'channelsLast'`,
   *   `[N, ...spatial, C]`.
   * @param options - The options of the pooling call and of its gradient, and `spatialDims`.
   * @throws RangeError or TypeError that names the option, what was expected and what was received;
   * Error if the host has no room.
   */
  prepare<Axes extends 1 | 2 | 3>(shape: readonly number[], options: PoolGeometryOptions<Axes> & GradientOptions): PreparedPool;
}

/**
 * The pooling of tensors of one shape. Addresses are those of float32 tensors, dense and row-major,
 * in the host's memory. The calls throw a RangeError if a tensor would not lie there whole, at a
 * positive multiple of 4, or if the result would overlap an input, and an Error after `dispose`.
 */
export interface PreparedPool extends WithDispose {
  /** The shapes of the input and the output, and every window. */
  readonly geometry: PoolGeometry;
  /** Reads the input at byte address `x`, and writes the output at byte address `y`. */
  pool(x: number, y: number): void;
  /** Reads the input at `x` and dL/dy at `dy`, and writes dL/dx at `dx`. */
  poolGrad(x: number, dy: number, dx: number): void;
  /**
   * Frees the memory that `prepare` allocated, as `using` does at the end of its block. A second
   * call does nothing.
   */
  dispose(): void;
}

/**
 * Pools tensors in a WebAssembly memory of yours where they lie.
 *
 * @param host - The memory, and its allocator.
 * @throws TypeError if the host lacks one of these.
 * @example
 * ```ts
 * const memory = new WebAssembly.Memory({ initial: 4 });
 * let end = 1024;
 * const host = { memory, allocate: (bytes: number) => (end += Math.ceil(bytes / 8) * 8) - Math.ceil(bytes / 8) * 8, free: () => {} };
 * const prepared = createMemorySoftPool(host).prepare([1, 2, 2], { spatialDims: 2, kernelSize: 2 });
 * const [x, y] = [host.allocate(16), host.allocate(4)];
 * new Float32Array(memory.buffer, x, 4).set([0, 1, 2, 3]);
 * prepared.pool(x, y);
 * new Float32Array(memory.buffer, y, 1); // ≈ [2.493]
 * ```
 */
export function createMemorySoftPool(host: HostMemory): MemorySoftPool {
  if (!(host?.memory instanceof WebAssembly.Memory) || typeof host.allocate !== 'function' || typeof host.free !== 'function') {
    throw typeError('createMemorySoftPool', 'host', 'an object { memory, allocate, free } with a WebAssembly.Memory', host);
  }
  const { memory } = host;
  const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const module = isShared ? compileSharedKernels() : compileAll();
  const machine = module && { kernels: instantiateAll(module, memory), memory };
  return {
    prepare(shape, options) {
      const call = 'prepare';
      const windows = checkAnyWindows(call, shape, options);
      const problem = newProblem(call, 'float32', windows, checkOperator(call, options));
      if (machine === undefined) return prepareDefinition(host, problem);
      if (problem.geometry.zeros === undefined) return prepareKernels(host, machine, problem);
      return prepareWithZeros(host, problem, prepareKernels(host, machine, innerProblem(problem)));
    },
  };
}

function prepareKernels(host: HostMemory, machine: Machine, problem: Problem): PreparedPool {
  const { kernels, memory } = machine;
  const plan = planFor(problem);
  const room = problemRoom(host, machine, plan);
  const run = (addresses: Operands<number>): void => {
    const kind = addresses.inputs.length === 1 ? 'forward' : 'gradient';
    const tensors = numbersAt(memory, problem, addresses);
    if (isDirect(plan, memory, tensors) && hasSlack(memory, tensors)) {
      runCalls(kernels, directCalls(plan, room, addresses, wholeJob(plan, kind)));
      return;
    }
    const parts = stagedParts(plan, kind);
    const staging = allocate(host, stagingBytes(plan, parts, kind));
    try {
      const now = numbersAt(memory, problem, addresses); // the memory may have grown
      const there = transposedThere(plan, memory, now);
      for (const part of parts) runStaged(machine, plan, now, stagedPiece(plan, room, part, kind, staging, there));
    } finally {
      host.free(staging);
    }
  };
  return preparedPool(host, problem, run, () => host.free(room));
}

/** Pools inputs that are padded with zeros: a copy of each, while it is pooled. */
function prepareWithZeros(host: HostMemory, problem: Problem, prepared: PreparedPool): PreparedPool {
  const { geometry } = problem;
  const [inputSize, paddedSize] = [product(geometry.inputShape), product(prepared.geometry.inputShape)];
  const numbers = (address: number, length: number): Float32Array => new Float32Array(host.memory.buffer, address, length);
  const run = ({ inputs, result }: Operands<number>): void => {
    const [x = 0, dy] = inputs;
    const padded = allocate(host, paddedSize * 4);
    try {
      numbers(padded, paddedSize).fill(0);
      copyIntoZeros(numbers(x, inputSize), numbers(padded, paddedSize), geometry);
      if (dy === undefined) {
        prepared.pool(padded, result);
        return;
      }
      const gradient = allocate(host, paddedSize * 4);
      try {
        prepared.poolGrad(padded, dy, gradient);
        copyFromZeros(numbers(gradient, paddedSize), numbers(result, inputSize), geometry);
      } finally {
        host.free(gradient);
      }
    } finally {
      host.free(padded);
    }
  };
  return preparedPool(host, problem, run, () => prepared.dispose());
}

/**
 * Places the problem in a block of the host's memory with what its kernels use behind it. Returns
 * its address.
 */
function problemRoom(host: HostMemory, machine: Machine, { block }: Plan): number {
  const draft = allocate(host, block.length);
  const bytes = problemBytes(machine, block, draft);
  host.free(draft);
  const room = allocate(host, bytes);
  placeProblem(machine, block, room);
  return room;
}

/** Whether the kernels' vectors may reach over the end of the tensors that they read. */
function hasSlack(memory: WebAssembly.Memory, { inputs }: Operands<Float32Array>): boolean {
  const end = memory.buffer.byteLength - SLACK;
  return inputs.every(({ byteOffset, byteLength }) => byteOffset + byteLength <= end);
}

/** Where WebAssembly SIMD is missing, as the rest of this package does. */
function prepareDefinition(host: HostMemory, problem: Problem): PreparedPool {
  const { inputShape, outputShape } = problem.geometry;
  const run = (addresses: Operands<number>): void => {
    const { inputs, result } = numbersAt(host.memory, problem, addresses);
    const [data, dy] = inputs as [Float32Array, Float32Array?];
    const x = { data, shape: inputShape };
    const job: Job<Float32Array> =
      dy === undefined ? { kind: 'forward', x, problem } : { kind: 'gradient', x, dy: { data: dy, shape: outputShape }, problem };
    result.set(runDefinition(job).data);
  };
  return preparedPool(host, problem, run, () => {});
}

function preparedPool(
  { memory }: HostMemory,
  { geometry }: Problem,
  run: (addresses: Operands<number>) => void,
  free: () => void,
): PreparedPool {
  let isDisposed = false;
  const [inputSize, outputSize] = [product(geometry.inputShape), product(geometry.outputShape)];
  const checked = (call: string, ...tensors: readonly PlacedTensor[]): void => {
    if (isDisposed) throw new Error(`${call}: this pooling was disposed; prepare it again`);
    for (const tensor of tensors) checkPlace(call, memory, tensor);
    const result = tensors.at(-1) as PlacedTensor;
    for (const input of tensors.slice(0, -1)) checkApart(call, result, input);
  };
  return disposable({
    geometry,
    pool(x: number, y: number) {
      checked('pool', { name: 'x', address: x, size: inputSize }, { name: 'y', address: y, size: outputSize });
      run({ inputs: [x], result: y });
    },
    poolGrad(x: number, dy: number, dx: number) {
      checked(
        'poolGrad',
        { name: 'x', address: x, size: inputSize },
        { name: 'dy', address: dy, size: outputSize },
        { name: 'dx', address: dx, size: inputSize },
      );
      run({ inputs: [x, dy], result: dx });
    },
    dispose() {
      if (isDisposed) return;
      isDisposed = true;
      free();
    },
  });
}

/** A tensor of float32 elements at an address. */
interface PlacedTensor {
  readonly name: string;
  readonly address: number;
  readonly size: number;
}

/** Throws unless the tensor lies in the memory. An empty one lies anywhere. */
function checkPlace(call: string, { buffer }: WebAssembly.Memory, { name, address, size }: PlacedTensor): void {
  if (size === 0) return;
  const most = buffer.byteLength - 4 * size;
  if (Number.isInteger(address) && address > 0 && address <= most && address % 4 === 0) return;
  throw rangeError(call, name, `the address of ${4 * size} bytes in the memory: a positive multiple of 4, at most ${most}`, address);
}

function checkApart(call: string, result: PlacedTensor, input: PlacedTensor): void {
  const isBefore = result.address + 4 * result.size <= input.address;
  if (isBefore || input.address + 4 * input.size <= result.address) return;
  throw rangeError(call, result.name, `an address apart from ${input.name}'s ${4 * input.size} bytes at ${input.address}`, result.address);
}

function numbersAt({ buffer }: WebAssembly.Memory, { geometry }: Problem, { inputs, result }: Operands<number>): Operands<Float32Array> {
  const at = (address: number, shape: readonly number[]): Float32Array => new Float32Array(buffer, address, product(shape));
  const { inputShape, outputShape } = geometry;
  const [x = 0, dy] = inputs;
  return dy === undefined
    ? { inputs: [at(x, inputShape)], result: at(result, outputShape) }
    : { inputs: [at(x, inputShape), at(dy, outputShape)], result: at(result, inputShape) };
}

function allocate(host: HostMemory, bytes: number): number {
  const address = host.allocate(bytes);
  if (!(address > 0)) throw new Error(`softpool: the host's memory has no room for ${bytes} bytes`);
  return address;
}
