/** The CPU backend on tensors in the memory of a host that has kernels of its own, as TensorFlow.js's wasm backend: nothing is copied. */

import { typeError } from '../api/errors.ts';
import type { Job, Problem } from '../calls.ts';
import { anyGeometry, type PoolGeometry, type PoolGeometryOptions } from '../geometry.ts';
import { checkOperator, type GradientOptions } from '../options.ts';
import { runDefinition } from '../run-definition.ts';
import type { Tensor } from '../tensor.ts';
import {
  directCalls,
  isDirect,
  type JobAddresses,
  type JobBytes,
  type Machine,
  problemBytes,
  runStaged,
  SLACK,
  stagedPieces,
  stagingBytes,
  wholeJob,
  writeProblem,
} from './execute.ts';
import { compileKernels, instantiateKernels, runCalls } from './module.ts';
import { makePlan, type Plan } from './plan.ts';

/** A memory that belongs to somebody else, and how to have room in it. */
export interface HostMemory {
  /** The memory. It may grow; it may be shared. */
  readonly memory: WebAssembly.Memory;
  /** The address of `bytes` of room, a multiple of 8. Throws, or returns 0, if there is none. */
  allocate(bytes: number): number;
  /** Takes the room at an address back. */
  free(address: number): void;
}

/** SoftPool on float32 tensors in one memory. */
export interface MemorySoftPool {
  /**
   * Prepares the pooling of tensors of one shape: what can be computed before there are numbers, and the room for it, are kept until `dispose`.
   *
   * @throws RangeError or TypeError that names the option, what was expected and what came; Error if the host has no room.
   */
  prepare(shape: readonly number[], options: PoolGeometryOptions & GradientOptions): PreparedPool;
}

/** The pooling of tensors of one shape. Addresses are of float32 tensors, dense and row-major, that lie in the host's memory. */
export interface PreparedPool {
  /** The shapes of the input and the output, and every window. */
  readonly geometry: PoolGeometry;
  /** Writes the output at `y` from the input at `x`. */
  pool(x: number, y: number): void;
  /** Writes dL/dx at `dx` from the input at `x` and dL/dy at `dy`. */
  poolGrad(x: number, dy: number, dx: number): void;
  /** Gives the room back. */
  dispose(): void;
}

/**
 * SoftPool in a memory of yours, so that tensors which a WebAssembly program has there are pooled where they lie.
 *
 * @param host - The memory, and its allocator.
 * @throws TypeError if the host is not one.
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
  const module = compileKernels(typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer);
  const machine = module && { kernels: instantiateKernels(module, memory), memory };
  return {
    prepare(shape, options) {
      const call = 'prepare';
      const problem: Problem = { dtype: 'float32', geometry: anyGeometry(call, shape, options), operator: checkOperator(call, options) };
      return machine === undefined ? prepareDefinition(host, problem) : prepareKernels(host, machine, problem);
    },
  };
}

function prepareKernels(host: HostMemory, machine: Machine, problem: Problem): PreparedPool {
  const { memory } = machine;
  const plan = makePlan(problem);
  const room = problemRoom(host, machine, plan);
  const run = (gradient: boolean, addresses: JobAddresses): void => {
    const bytes = bytesAt(memory, problem, addresses);
    const part = wholeJob(plan, gradient);
    if (isDirect(plan, memory, bytes) && hasSlack(memory, bytes)) {
      runCalls(machine.kernels, directCalls(plan, room, addresses, part));
      return;
    }
    const pieces = stagedPieces(plan, part, gradient);
    const staging = allocate(host, stagingBytes(plan, pieces, gradient));
    try {
      const now = bytesAt(memory, problem, addresses); // the memory may have grown
      for (const piece of pieces) runStaged(machine, plan, room, now, piece, staging);
    } finally {
      host.free(staging);
    }
  };
  return {
    geometry: problem.geometry,
    pool: (x, y) => run(false, { x, dy: undefined, result: y }),
    poolGrad: (x, dy, dx) => run(true, { x, dy, result: dx }),
    dispose: () => host.free(room),
  };
}

/** The address of the problem, written into room of the host's with what its kernels use behind it. */
function problemRoom(host: HostMemory, machine: Machine, plan: Plan): number {
  const draft = allocate(host, plan.block.length);
  const bytes = problemBytes(machine, plan, draft);
  host.free(draft);
  const room = allocate(host, bytes);
  writeProblem(machine, plan, room);
  return room;
}

/** Whether the kernels' vectors may reach over the end of the tensors that they read. */
function hasSlack(memory: WebAssembly.Memory, { x, dy }: JobBytes): boolean {
  const end = memory.buffer.byteLength - SLACK;
  return x.byteOffset + x.length <= end && (dy === undefined || dy.byteOffset + dy.length <= end);
}

/** Where WebAssembly SIMD is missing, as the rest of this package does. */
function prepareDefinition({ memory }: HostMemory, problem: Problem): PreparedPool {
  const { geometry } = problem;
  const run = (addresses: JobAddresses): void => {
    const { x, dy, result } = bytesAt(memory, problem, addresses);
    const job: Job<Float32Array> = {
      x: tensorOf(x, geometry.inputShape),
      dy: dy && tensorOf(dy, geometry.outputShape),
      problem,
    };
    tensorOf(result, []).data.set(runDefinition(job).data);
  };
  return {
    geometry,
    pool: (x, y) => run({ x, dy: undefined, result: y }),
    poolGrad: (x, dy, dx) => run({ x, dy, result: dx }),
    dispose: () => {},
  };
}

function bytesAt({ buffer }: WebAssembly.Memory, { geometry }: Problem, { x, dy, result }: JobAddresses): JobBytes {
  const view = (address: number, shape: readonly number[]): Uint8Array =>
    new Uint8Array(buffer, address, 4 * shape.reduce((size, length) => size * length, 1));
  return {
    x: view(x, geometry.inputShape),
    dy: dy === undefined ? undefined : view(dy, geometry.outputShape),
    result: view(result, dy === undefined ? geometry.outputShape : geometry.inputShape),
  };
}

function tensorOf(bytes: Uint8Array, shape: readonly number[]): Tensor<Float32Array> {
  return { data: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), shape };
}

function allocate(host: HostMemory, bytes: number): number {
  const address = host.allocate(bytes);
  if (!(address > 0)) throw new Error(`softpool: the host's memory has no room for ${bytes} bytes`);
  return address;
}
