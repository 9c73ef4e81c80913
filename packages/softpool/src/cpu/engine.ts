/** The CPU backend on the calling thread: one private memory for all calls, which grows to what the largest plan's scratch and staging need. */
import { type Job, type Problem, resultShape } from '../calls.ts';
import { runDefinition } from '../run-definition.ts';
import { emptyLike, type FloatArray, type Tensor, tensorLike } from '../tensor.ts';
import {
  type Areas,
  type JobBytes,
  type Machine,
  type Part,
  runStaged,
  stagedCalls,
  stagedPieces,
  stagingBytes,
  wholeAreas,
  wholeJob,
  writeProblem,
} from './execute.ts';
import { type FewWindows, fewWindows, poolFew } from './few.ts';
import { compileKernels, instantiateKernels, type KernelCall, MOST_PAGES, runCalls } from './module.ts';
import { makePlan, type Plan } from './plan.ts';

const PAGE_BYTES = 65536;

/** Where problems are written; below it nothing is, so that no tensor has the address 0. */
const PROBLEM = 64;

/** So few numbers that a loop copies them sooner than a call. */
const FEW = 32;

/** All that a problem needs before its numbers come. */
interface Prepared {
  readonly plan: Plan;
  readonly pieces: readonly Part[];
  readonly staging: number;
  /** The windows, if they are few. */
  readonly few: FewWindows | undefined;
  /** Where the tensors are staged if they are staged whole, and what computes them there. */
  readonly whole: Areas | undefined;
  readonly calls: readonly KernelCall[];
  /** The problem as it is written, addresses and all. */
  readonly block: Uint8Array;
}

let machine: Machine | undefined;
const preparations = { forward: new WeakMap<Problem, Prepared>(), gradient: new WeakMap<Problem, Prepared>() };

/** What is written at PROBLEM. */
let written: Prepared | undefined;

/** Runs a checked job on this thread: by the kernels, or, where WebAssembly SIMD is missing, by the definition. */
export function runOnThisThread<D extends FloatArray>(job: Job<D>): Tensor<D> {
  machine ??= startMachine();
  if (machine === undefined) return runDefinition(job);
  const { x, dy, problem } = job;
  const prepared = (dy === undefined ? preparations.forward : preparations.gradient).get(problem) ?? prepare(machine, job);
  if (prepared.few !== undefined) {
    const data = emptyLike(x.data, prepared.few.ends.length);
    if (poolFew(prepared.few, problem.operator.beta, x.data, data as Float32Array)) return tensorLike(x, data, resultShape(job));
  }
  const { plan, pieces, staging, whole, block } = prepared;
  if (written !== prepared) new Uint8Array(machine.memory.buffer).set(block, PROBLEM);
  written = prepared;
  if (whole !== undefined) return runWhole(machine, job, prepared, whole);
  const result = emptyResult(job);
  const bytes: JobBytes = { x: bytesOf(x.data), dy: dy && bytesOf(dy.data), result: bytesOf(result.data) };
  for (const piece of pieces) runStaged(machine, plan, PROBLEM, bytes, piece, staging);
  return result;
}

/** Runs a job on tensors that are staged whole. */
function runWhole<D extends FloatArray>({ kernels, memory }: Machine, job: Job<D>, { plan, calls }: Prepared, areas: Areas): Tensor<D> {
  const { x, dy } = job;
  const bytes = plan.computedBytes;
  const numbers = numbersIn(memory, bytes);
  const place = (area: Areas['x']): number => (plan.transposedChannels > 1 ? area.raw : area.address) / bytes;
  copy(x.data, numbers, place(areas.x));
  if (dy !== undefined) copy(dy.data, numbers, place(areas.y));
  runCalls(kernels, calls);
  const result = emptyResult(job);
  const from = place(dy === undefined ? areas.y : areas.dx);
  const { data } = result;
  if (data.length > FEW) data.set(numbers.subarray(from, from + data.length));
  else for (let i = 0; i < data.length; i++) data[i] = numbers[from + i] as number;
  return result;
}

/** Copies to a place in a memory: number by number where they are so few that it takes less time than to say what to copy. */
function copy(source: FloatArray, target: FloatArray, to: number): void {
  if (source.length > FEW) target.set(source, to);
  else for (let i = 0; i < source.length; i++) target[to + i] = source[i] as number;
}

let numbers: Float32Array | Float64Array = new Float32Array(0);

/** The memory as numbers. The view is kept until the memory has grown, or the other kind is asked for. */
function numbersIn(memory: WebAssembly.Memory, bytes: 4 | 8): Float32Array | Float64Array {
  if (numbers.buffer !== memory.buffer || numbers.BYTES_PER_ELEMENT !== bytes) {
    numbers = bytes === 4 ? new Float32Array(memory.buffer) : new Float64Array(memory.buffer);
  }
  return numbers;
}

/** A tensor for a job's result, in memory of its own. */
export function emptyResult<D extends FloatArray>(job: Job<D>): Tensor<D> {
  const shape = resultShape(job);
  let length = 1;
  for (const size of shape) length *= size;
  return tensorLike(job.x, emptyLike(job.x.data, length), shape);
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

/** Prepares a job's problem, makes the memory large enough for it and its staging area, and writes it. */
function prepare(machine: Machine, { problem, dy }: Job): Prepared {
  const gradient = dy !== undefined;
  const plan = makePlan(problem);
  grow(machine.memory, PROBLEM + plan.block.length);
  const staging = writeProblem(machine, plan, PROBLEM);
  written = undefined; // it is overwritten, and nothing may take its place: few windows need no kernel
  const pieces = stagedPieces(plan, wholeJob(plan, gradient), gradient);
  grow(machine.memory, staging + stagingBytes(plan, pieces, gradient));
  const block = new Uint8Array(machine.memory.buffer).slice(PROBLEM, PROBLEM + plan.block.length);
  const whole = wholeAreas(plan, pieces, gradient, staging);
  const prepared = {
    plan,
    pieces,
    staging,
    few: gradient ? undefined : fewWindows(problem),
    whole,
    calls: whole === undefined ? [] : stagedCalls(plan, PROBLEM, pieces[0] as Part, gradient, staging),
    block,
  };
  (gradient ? preparations.gradient : preparations.forward).set(problem, prepared);
  return prepared;
}

function grow(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
}
