/** The CPU backend on the calling thread: one private memory for all calls, which grows to what the largest plan's scratch and staging need. */
import type { Job } from '../calls.ts';
import { runReference } from '../reference.ts';
import { emptyLike, type FloatArray, type Tensor, tensorLike } from '../tensor.ts';
import { type JobBytes, type Machine, runStaged, stagedPieces, stagingBytes, wholeJob, writeProblem } from './execute.ts';
import { compileKernels, instantiateKernels, MOST_PAGES } from './module.ts';
import { makePlan, type Plan } from './plan.ts';

const PAGE_BYTES = 65536;

/** Where problems are written; below it nothing is, so that no tensor has the address 0. */
const PROBLEM = 64;

let machine: Machine | undefined;

/** Runs a checked job on this thread: by the kernels, or, where WebAssembly SIMD is missing, by the definition. */
export function runOnThisThread<D extends FloatArray>(job: Job<D>): Tensor<D> {
  machine ??= startMachine();
  if (machine === undefined) return runReference(job);
  const { x, dy, geometry, operator, dtype } = job;
  const gradient = dy !== undefined;
  const plan = makePlan(geometry, operator, dtype);
  const result = emptyResult(job);
  const pieces = stagedPieces(plan, wholeJob(plan, gradient), gradient);
  const staging = prepare(machine, plan, stagingBytes(plan, pieces, gradient));
  const bytes: JobBytes = { x: bytesOf(x.data), dy: dy && bytesOf(dy.data), result: bytesOf(result.data) };
  for (const piece of pieces) runStaged(machine, plan, PROBLEM, bytes, piece, staging);
  return result;
}

/** A tensor for a job's result, in memory of its own. */
export function emptyResult<D extends FloatArray>(job: Job<D>): Tensor<D> {
  const shape = resultShape(job);
  const length = shape.reduce((size, axis) => size * axis, 1);
  return tensorLike(job.x, emptyLike(job.x.data, length), shape);
}

/** The shape of a job's result. */
export function resultShape({ dy, geometry }: Job): readonly number[] {
  return dy === undefined ? geometry.outputShape : geometry.inputShape;
}

/** The bytes of a typed array. */
export function bytesOf(data: FloatArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function startMachine(): Machine | undefined {
  const module = compileKernels(false);
  if (module === undefined) return undefined;
  const memory = new WebAssembly.Memory({ initial: 16, maximum: MOST_PAGES });
  return { kernels: instantiateKernels(module, memory), memory };
}

/** Writes the problem, and makes the memory large enough for it and its staging area, whose address it returns. */
function prepare(machine: Machine, plan: Plan, staged: number): number {
  grow(machine.memory, PROBLEM + plan.block.length);
  const end = writeProblem(machine, plan, PROBLEM);
  grow(machine.memory, end + staged);
  return end;
}

function grow(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
}
