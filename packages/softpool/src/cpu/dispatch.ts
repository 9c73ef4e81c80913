/** Cuts jobs into pieces, and turns the pieces into calls of the kernels. */
import type { Job } from '../api/job.ts';
import { mapOperands, type Numbers, type Operands } from './operands.ts';
import { cutAlong, type Part, type Plan, wholeJob } from './plan.ts';
import { type Addresses, type Area, conversionsIn, conversionsOut, copyIn, copyOut, isConverted, stagingAreas } from './staging.ts';
import { KERNEL, type KernelCall, type Machine, runCalls } from './wasm-module.ts';

/** The bytes staged at once, if one slice takes no more: a part of the second-level cache. */
const STAGING_BYTES = 256 * 1024;

/** Whether the kernels can use the tensors where they lie. */
export function isDirect(plan: Plan, memory: WebAssembly.Memory, { inputs, result }: Operands<Numbers>): boolean {
  return !isConverted(plan) && [...inputs, result].every(({ buffer }) => buffer === memory.buffer);
}

/**
 * The kernel calls that compute a part of a job, whose problem is placed at `problem`, on tensors
 * in the kernels' memory.
 */
export function directCalls(plan: Plan, problem: number, { inputs, result }: Operands<number>, part: Part): KernelCall[] {
  const input = part.from * plan.inputSlice * plan.windows.inputSize * plan.computedBytes;
  const output = part.from * plan.outputSlice * plan.windows.outputSize * plan.computedBytes;
  const [x = 0, dy] = inputs;
  const there =
    dy === undefined ? { inputs: [x + input], result: result + output } : { inputs: [x + input, dy + output], result: result + input };
  return [poolCall(plan, problem, there, part)];
}

/** Where a piece of a job is staged, and the kernel calls that compute it there. */
export interface StagedPiece {
  readonly areas: Operands<Area>;
  readonly calls: readonly KernelCall[];
}

/** Prepares a piece for the staging memory from `staging` on. `there` is as in stagingAreas. */
export function stagedPiece(plan: Plan, problem: number, part: Part, kind: Job['kind'], staging: number, there?: Addresses): StagedPiece {
  const areas = stagingAreas(plan, part, kind, staging, there);
  const call = poolCall(
    plan,
    problem,
    mapOperands(areas, ({ origin }) => origin),
    part,
  );
  const conversions = areas.inputs.flatMap((each) => conversionsIn(plan, each));
  return { areas, calls: [...conversions, call, ...conversionsOut(plan, areas.result)] };
}

/** Runs a piece on tensors anywhere. */
export function runStaged({ kernels, memory }: Machine, plan: Plan, tensors: Operands<Numbers>, { areas, calls }: StagedPiece): void {
  copyIn(memory, plan, tensors, areas);
  runCalls(kernels, calls);
  copyOut(memory, plan, tensors, areas);
}

/**
 * Cuts a job into parts that take at most `most` bytes of staging, if one slice takes no more, and
 * what a window covers no more. (Parts of a gradient within one window would each sum it again.)
 */
export function stagedParts(plan: Plan, kind: Job['kind'], most = STAGING_BYTES): Part[] {
  const whole = wholeJob(plan, kind);
  const bytesPerElement = stagingAreas(plan, { ...whole, to: 1 }, kind, 0).result.end;
  const isCut = bytesPerElement > most || plan.transposedChannels > 1;
  const group = isCut ? 1 : Math.floor(most / bytesPerElement);
  return Array.from({ length: Math.ceil(whole.to / group) }, (_, i) => {
    const part = { ...whole, from: i * group, to: Math.min(whole.to, (i + 1) * group) };
    return isCut ? cutAlong(plan, part, Math.min(Math.ceil(bytesPerElement / most), plan.windows.outputSize)) : part;
  }).flat();
}

/** The bytes of staging that these parts need. */
export function stagingBytes(plan: Plan, parts: readonly Part[], kind: Job['kind']): number {
  return parts.reduce((most, part) => Math.max(most, stagingAreas(plan, part, kind, 0).result.end), 0);
}

function poolCall(plan: Plan, problem: number, { inputs, result }: Operands<number>, { from, to, low, high }: Part): KernelCall {
  return [inputs.length === 1 ? KERNEL.pool : KERNEL.poolGrad, problem, ...inputs, result, to - from, plan.axis, low, high];
}
