/**
 * The CPU backend on the calling thread: one private memory for all calls, which grows to what the
 * largest plan needs.
 */
import { type Job, type Problem, type RunJob, resultOf } from '../api/job.ts';
import type { FloatArray, Tensor } from '../api/tensor.ts';
import { defineForward, defineGradient } from '../reference/run.ts';
import { compileAll, instantiateAll } from './all-kernels.ts';
import { runStaged, type StagedPiece, stagedParts, stagedPiece, stagingBytes } from './dispatch.ts';
import { compileForward, instantiateForward } from './forward-kernels.ts';
import { operandsOf } from './operands.ts';
import { type Part, type Plan, planFor } from './plan.ts';
import { placeProblem } from './problem-block.ts';
import { type Kernels, type Machine, MOST_PAGES } from './wasm-module.ts';
import { runWithZeros } from './with-zeros.ts';

const PAGE_BYTES = 65536;

/** The address of problems. No tensor lies at address 0, which kernels read as "none". */
const PROBLEM = 64;

/** All that a job needs before its numbers come. */
interface Prepared {
  readonly plan: Plan;
  readonly parts: readonly Part[];
  /** The address of the staging memory. */
  readonly staging: number;
  /** The one piece of a small job. */
  readonly onlyPiece: StagedPiece | undefined;
  /** The problem block as it is placed. */
  readonly block: Uint8Array;
}

/** The memory of all machines. */
let memory: WebAssembly.Memory | undefined;
let forward: Machine | undefined;
/** It has the kernels of both. */
let gradient: Machine | undefined;
const preparations = { forward: new WeakMap<Problem, Prepared>(), gradient: new WeakMap<Problem, Prepared>() };

/** Whose block lies at PROBLEM. */
let placed: Prepared | undefined;

/** Runs a checked job of either kind on this thread. */
export function runOnThisThread<D extends FloatArray>(job: Job<D>): Tensor<D> {
  return job.kind === 'forward' ? runForward(job) : runGradient(job);
}

/**
 * Runs a checked forward job on this thread: with the kernels, or where WebAssembly SIMD is
 * missing, by the definition.
 */
export function runForward<D extends FloatArray>(job: Job<D>): Tensor<D> {
  forward ??= gradient ?? startMachine(compileForward(), instantiateForward);
  return runOn(forward, job, defineForward);
}

/** The same for a gradient. It has a function of its own, so that bundles leave out the other. */
export function runGradient<D extends FloatArray>(job: Job<D>): Tensor<D> {
  gradient ??= startMachine(compileAll(), instantiateAll);
  return runOn(gradient, job, defineGradient);
}

/** Runs a job of either kind with the kernels of a machine, or without one by the definition. */
export function runOnEither<D extends FloatArray>(machine: Machine | undefined, job: Job<D>): Tensor<D> {
  return runOn(machine, job, job.kind === 'forward' ? defineForward : defineGradient);
}

/** Runs a checked job with the kernels of a machine, or without one by `define`. */
function runOn<D extends FloatArray>(machine: Machine | undefined, job: Job<D>, define: RunJob): Tensor<D> {
  if (job.problem.geometry.zeros !== undefined) return runWithZeros(job, (padded) => runOn(machine, padded, define));
  if (machine === undefined) return define(job);
  const prepared = preparations[job.kind].get(job.problem) ?? prepare(machine, job);
  const { plan, parts, staging, onlyPiece, block } = prepared;
  if (placed !== prepared) new Uint8Array(machine.memory.buffer).set(block, PROBLEM);
  placed = prepared;
  const result = resultOf(job);
  const tensors = operandsOf(job, result);
  for (const part of parts) runStaged(machine, plan, tensors, onlyPiece ?? stagedPiece(plan, PROBLEM, part, job.kind, staging));
  return result;
}

/** A machine on the memory of this thread. */
export function startMachine(
  module: WebAssembly.Module | undefined,
  instantiate: (module: WebAssembly.Module, memory: WebAssembly.Memory) => Kernels,
): Machine | undefined {
  if (module === undefined) return undefined;
  memory ??= new WebAssembly.Memory({ initial: 16, maximum: MOST_PAGES });
  return { kernels: instantiate(module, memory), memory };
}

/** Plans a job, places its problem, and makes the memory large enough for it and its staging. */
function prepare(machine: Machine, { kind, problem }: Job): Prepared {
  const plan = planFor(problem);
  grow(machine.memory, PROBLEM + plan.block.length);
  const staging = placeProblem(machine, plan.block, PROBLEM);
  placed = undefined; // until the caller says whose block this is
  const parts = stagedParts(plan, kind);
  grow(machine.memory, staging + stagingBytes(plan, parts, kind));
  const block = new Uint8Array(machine.memory.buffer).slice(PROBLEM, PROBLEM + plan.block.length);
  const [part] = parts;
  const onlyPiece = part !== undefined && parts.length === 1 ? stagedPiece(plan, PROBLEM, part, kind, staging) : undefined;
  const prepared = { plan, parts, staging, onlyPiece, block };
  preparations[kind].set(problem, prepared);
  return prepared;
}

function grow(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
}
