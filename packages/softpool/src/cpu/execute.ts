/**
 * Runs part of a plan in a memory of the kernels. Tensors that lie in that memory are used where they are. Others stream through a staging
 * area of cache size, a few planes or slices at a time: a tensor of any size needs little memory, and its copy costs little. There too
 * float16 becomes float32, and channels that share weights are brought together.
 */
import { RECORDS, SCRATCH } from './assembly/problem.ts';
import type { Kernels } from './module.ts';
import { type Plan, TABLE_FIELDS } from './plan.ts';

/** The kernels and the memory they work in. */
export interface Machine {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
}

/** The bytes of a job's tensors, in any memory: y from x, or, with a `dy`, dx from both. */
export interface JobBytes {
  readonly x: Uint8Array;
  readonly dy: Uint8Array | undefined;
  readonly result: Uint8Array;
}

/** Outer elements `from` to `to`, and of each the indices `low` to `high` along the plan's axis: of the output, for a gradient of the input. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

/** What is staged at once, where one slice is not larger: a part of the second-level cache. */
const STAGING_BYTES = 256 * 1024;

/** Room behind every area, for vectors that reach over its end. */
const SLACK = 64;

/** The whole of a job. */
export function wholeJob(plan: Plan, gradient: boolean): Part {
  return { from: 0, to: plan.outer, low: 0, high: gradient ? plan.windows.inputSize : plan.windows.outputSize };
}

/** Writes the plan's problem to `address`, and returns the end of what its kernels use from there on. The memory must reach that far. */
export function writeProblem({ kernels, memory }: Machine, plan: Plan, address: number): number {
  new Uint8Array(memory.buffer).set(plan.block, address);
  const view = new DataView(memory.buffer);
  for (const field of TABLE_FIELDS) view.setUint32(address + field, address + view.getUint32(address + field, true), true);
  const scratch = aligned(address + plan.block.length);
  view.setUint32(address + SCRATCH, scratch, true);
  const records = aligned(scratch + kernels.scratchBytes(address) + SLACK);
  view.setUint32(address + RECORDS, records, true);
  return aligned(records + kernels.recordBytes(address) + SLACK);
}

/** True if the kernels can use the tensors where they lie. */
export function isDirect(plan: Plan, memory: WebAssembly.Memory, { x, dy, result }: JobBytes): boolean {
  const isThere = (bytes: Uint8Array): boolean => bytes.buffer === memory.buffer;
  return isThere(x) && isThere(result) && (dy === undefined || isThere(dy)) && !isConverted(plan);
}

/** Runs a part on tensors that lie in the kernels' memory. */
export function runDirect({ kernels }: Machine, plan: Plan, problem: number, { x, dy, result }: JobBytes, part: Part): void {
  const input = part.from * plan.inputSlice * plan.windows.inputSize * plan.computedBytes;
  const output = part.from * plan.outputSlice * plan.windows.outputSize * plan.computedBytes;
  const outer = part.to - part.from;
  if (dy === undefined) {
    kernels.pool(problem, x.byteOffset + input, result.byteOffset + output, outer, plan.axis, part.low, part.high);
  } else {
    const dyAddress = dy.byteOffset + output;
    kernels.poolGrad(problem, x.byteOffset + input, dyAddress, result.byteOffset + input, outer, plan.axis, part.low, part.high);
  }
}

/** Runs a part on tensors anywhere, through the memory from `staging` on. Each piece is one that {@link stagedPieces} gave. */
export function runStaged(machine: Machine, plan: Plan, problem: number, job: JobBytes, pieces: readonly Part[], staging: number): void {
  const { kernels } = machine;
  for (const piece of pieces) {
    const outer = piece.to - piece.from;
    const { x, y, dx } = areas(plan, piece, job.dy !== undefined, staging);
    load(machine, plan, job.x, piece, x);
    if (job.dy === undefined) {
      kernels.pool(problem, x.origin, y.origin, outer, plan.axis, piece.low, piece.high);
      save(machine, plan, job.result, piece, y);
    } else {
      load(machine, plan, job.dy, piece, y);
      kernels.poolGrad(problem, x.origin, y.origin, dx.origin, outer, plan.axis, piece.low, piece.high);
      save(machine, plan, job.result, piece, dx);
    }
  }
}

/** A part cut into pieces that fit the staging area, as far as one slice does. */
export function stagedPieces(plan: Plan, part: Part, gradient: boolean): Part[] {
  const pieces: Part[] = [];
  const bytesPerOuter = areas(plan, { ...part, to: part.from + 1 }, gradient, 0).end;
  if (bytesPerOuter <= STAGING_BYTES && part.low === 0 && part.high === wholeJob(plan, gradient).high && plan.transposedChannels === 1) {
    const group = Math.floor(STAGING_BYTES / bytesPerOuter);
    for (let from = part.from; from < part.to; from += group) pieces.push({ ...part, from, to: Math.min(part.to, from + group) });
    return pieces;
  }
  const length = part.high - part.low;
  const step = Math.ceil(length / Math.ceil(bytesPerOuter / STAGING_BYTES) / plan.align) * plan.align;
  for (let from = part.from; from < part.to; from++) {
    for (let low = part.low; low < part.high; low += step) {
      pieces.push({ from, to: from + 1, low, high: Math.min(part.high, low + step) });
    }
  }
  return pieces;
}

/** Bytes of staging that these pieces need. */
export function stagingBytes(plan: Plan, pieces: readonly Part[], gradient: boolean): number {
  return pieces.reduce((most, piece) => Math.max(most, areas(plan, piece, gradient, 0).end), 0);
}

/** Where a piece of one tensor is staged. */
interface Area {
  /** Indices along the plan's axis, of how many there are in the tensor, and the numbers in one. */
  readonly low: number;
  readonly high: number;
  readonly size: number;
  readonly slice: number;
  /** The address of index `low`, and the one where index 0 would be, which is what the kernels take. */
  readonly address: number;
  readonly origin: number;
  /** Where it is before it is converted, and the end. */
  readonly raw: number;
  readonly end: number;
}

/** The areas for a piece: of x, of y (or dy, which has its shape), and of dx. */
function areas(plan: Plan, { from, to, low, high }: Part, gradient: boolean, staging: number): { x: Area; y: Area; dx: Area; end: number } {
  const { start, count, step, inputSize, outputSize } = plan.windows;
  const endOf = (output: number): number => (start[output] as number) + ((count[output] as number) - 1) * step + 1;
  let [firstOutput, endOutput] = [low, high];
  if (gradient) {
    [firstOutput, endOutput] = [0, outputSize];
    while (firstOutput < outputSize && endOf(firstOutput) <= low) firstOutput++;
    while (endOutput > firstOutput && (start[endOutput - 1] as number) >= high) endOutput--;
  }
  let [firstInput, endInput] = gradient ? [low, high] : [start[low] as number, endOf(low)];
  if (to - from > 1) {
    // Several elements are staged whole, as the kernels step from one to the next; of a single one, what its windows cover.
    [firstInput, endInput, firstOutput, endOutput] = [0, inputSize, 0, outputSize];
  } else {
    for (let output = firstOutput; output < endOutput; output++) {
      firstInput = Math.min(firstInput, start[output] as number);
      endInput = Math.max(endInput, endOf(output));
    }
  }
  const area = (first: number, end: number, size: number, slice: number, address: number): Area => {
    const numbers = (to - from) * (end - first) * slice;
    const raw = address + numbers * plan.computedBytes + SLACK;
    // Converted from float16 and transposed, it is there a third time, widened.
    const areaEnd = isConverted(plan) ? raw + numbers * (plan.storedBytes + plan.computedBytes) + 2 * SLACK : raw;
    return { low: first, high: end, size, slice, address, origin: address - first * slice * plan.computedBytes, raw, end: aligned(areaEnd) };
  };
  const x = area(firstInput, endInput, inputSize, plan.inputSlice, staging);
  const y = area(firstOutput, endOutput, outputSize, plan.outputSlice, x.end);
  const dx = area(low, gradient ? high : low, inputSize, plan.inputSlice, y.end);
  return { x, y, dx, end: dx.end };
}

/** Copies a piece of a tensor to its area, in the form that the kernels compute in. */
function load({ kernels, memory }: Machine, plan: Plan, tensor: Uint8Array, { from, to }: Part, area: Area): void {
  const channels = plan.transposedChannels;
  const numbers = (to - from) * (area.high - area.low) * area.slice;
  const converted = isConverted(plan);
  copyPieces(plan, tensor, from, area, numbers, (bytes, offset) => {
    new Uint8Array(memory.buffer).set(bytes, (converted ? area.raw : area.address) + offset);
  });
  if (!converted) return;
  const widened = channels === 1 ? area.address : area.raw + numbers * plan.storedBytes + SLACK;
  if (plan.storedBytes === 2) kernels.widen(area.raw, widened, numbers);
  if (channels > 1) {
    const source = plan.storedBytes === 2 ? widened : area.raw;
    kernels.transpose(source, area.address, channels, numbers / channels, plan.computedBytes);
  }
}

/** Copies a piece of a result from its area, in the form of the tensor. */
function save({ kernels, memory }: Machine, plan: Plan, tensor: Uint8Array, { from, to }: Part, area: Area): void {
  const channels = plan.transposedChannels;
  const numbers = (to - from) * (area.high - area.low) * area.slice;
  if (channels > 1) kernels.transpose(area.address, area.raw, numbers / channels, channels, plan.computedBytes);
  const wide = channels > 1 ? area.raw : area.address;
  if (plan.storedBytes === 2) kernels.narrow(wide, wide, numbers);
  copyPieces(plan, tensor, from, area, numbers, (bytes, offset) => {
    bytes.set(new Uint8Array(memory.buffer, wide + offset, bytes.length));
  });
}

/** Calls `copy` with each run of bytes that a piece has in its tensor, and the run's offset in the area. */
function copyPieces(
  { transposedChannels, storedBytes }: Plan,
  tensor: Uint8Array,
  from: number,
  { low, size, slice }: Area,
  numbers: number,
  copy: (bytes: Uint8Array, offset: number) => void,
): void {
  const run = (numbers / transposedChannels) * storedBytes;
  for (let channel = 0; channel < transposedChannels; channel++) {
    // Of a transposed tensor a slice counts all channels, but each channel lies by itself.
    const offset = ((from * transposedChannels + channel) * size + low) * (slice / transposedChannels) * storedBytes;
    copy(tensor.subarray(offset, offset + run), channel * run);
  }
}

function isConverted(plan: Plan): boolean {
  return plan.storedBytes !== plan.computedBytes || plan.transposedChannels > 1;
}

function aligned(address: number): number {
  return Math.ceil(address / 16) * 16;
}
