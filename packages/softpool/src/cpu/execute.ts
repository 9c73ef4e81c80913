/**
 * Runs part of a plan in a memory of the kernels. Tensors that lie in that memory are used where they are. Others stream through a staging
 * area of cache size, a few planes or slices at a time: a tensor of any size needs little memory, and its copy costs little. There too
 * float16 becomes float32, and channels that share weights are brought together.
 */
import { RECORDS, SCRATCH } from './assembly/problem.ts';
import { KERNEL, type KernelCall, type Kernels, runCalls } from './module.ts';
import { type Plan, type PlanShape, TABLE_FIELDS } from './plan.ts';

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

/** Where the tensors of a job lie in the kernels' memory. */
export interface JobAddresses {
  readonly x: number;
  readonly dy: number | undefined;
  readonly result: number;
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
export const SLACK = 64;

/** Numbers that a kernel's vector has. */
const VECTOR = 4;

/** The whole of a job. */
export function wholeJob(plan: PlanShape, gradient: boolean): Part {
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

/** Bytes that a problem and its kernels' scratch take. Only the block itself is written, to `address`. */
export function problemBytes(machine: Machine, plan: Plan, address: number): number {
  return writeProblem(machine, plan, address) - address;
}

/** True if the kernels can use the tensors where they lie. */
export function isDirect(plan: PlanShape, memory: WebAssembly.Memory, { x, dy, result }: JobBytes): boolean {
  const isThere = (bytes: Uint8Array): boolean => bytes.buffer === memory.buffer;
  return isThere(x) && isThere(result) && (dy === undefined || isThere(dy)) && !isConverted(plan);
}

/** The kernel calls that compute a part of a job whose problem is in the memory, on tensors that lie in that memory. */
export function directCalls(plan: PlanShape, problem: number, { x, dy, result }: JobAddresses, part: Part): KernelCall[] {
  const input = part.from * plan.inputSlice * plan.windows.inputSize * plan.computedBytes;
  const output = part.from * plan.outputSlice * plan.windows.outputSize * plan.computedBytes;
  const outer = part.to - part.from;
  return dy === undefined
    ? [[KERNEL.pool, problem, x + input, result + output, outer, plan.axis, part.low, part.high]]
    : [[KERNEL.poolGrad, problem, x + input, dy + output, result + input, outer, plan.axis, part.low, part.high]];
}

/** Runs a piece on tensors anywhere, through the memory from `staging` on. */
export function runStaged(machine: Machine, plan: PlanShape, problem: number, job: JobBytes, piece: Part, staging: number): void {
  stage(machine.memory, plan, job, piece, staging);
  runCalls(machine.kernels, stagedCalls(plan, problem, piece, job.dy !== undefined, staging));
  collect(machine.memory, plan, job, piece, staging);
}

/** The first step of {@link runStaged}: copies a piece of the inputs to the staging area. */
export function stage(memory: WebAssembly.Memory, plan: PlanShape, { x, dy }: JobBytes, piece: Part, staging: number): void {
  const { x: xArea, y: dyArea } = areas(plan, piece, dy !== undefined, staging);
  copyIn(memory, plan, x, piece, xArea);
  if (dy !== undefined) copyIn(memory, plan, dy, piece, dyArea);
}

/** The second step: what computes a piece, all within the memory, so that any thread can do it. */
export function stagedCalls(plan: PlanShape, problem: number, piece: Part, gradient: boolean, staging: number): KernelCall[] {
  const { x, y, dx } = areas(plan, piece, gradient, staging);
  const outer = piece.to - piece.from;
  return gradient
    ? [
        ...conversionsIn(plan, piece, x),
        ...conversionsIn(plan, piece, y),
        [KERNEL.poolGrad, problem, x.origin, y.origin, dx.origin, outer, plan.axis, piece.low, piece.high],
        ...conversionsOut(plan, piece, dx),
      ]
    : [
        ...conversionsIn(plan, piece, x),
        [KERNEL.pool, problem, x.origin, y.origin, outer, plan.axis, piece.low, piece.high],
        ...conversionsOut(plan, piece, y),
      ];
}

/** The third step: copies the piece of the result to where it belongs. */
export function collect(memory: WebAssembly.Memory, plan: PlanShape, { dy, result }: JobBytes, piece: Part, staging: number): void {
  const { y, dx } = areas(plan, piece, dy !== undefined, staging);
  copyOut(memory, plan, result, piece, dy === undefined ? y : dx);
}

/** A part cut into pieces that take at most `most` bytes of staging, if one slice does not take more. */
export function stagedPieces(plan: PlanShape, part: Part, gradient: boolean, most = STAGING_BYTES): Part[] {
  const pieces: Part[] = [];
  const bytesPerOuter = areas(plan, { ...part, to: part.from + 1 }, gradient, 0).end;
  if (bytesPerOuter <= most && part.low === 0 && part.high === wholeJob(plan, gradient).high && plan.transposedChannels === 1) {
    const group = Math.floor(most / bytesPerOuter);
    for (let from = part.from; from < part.to; from += group) pieces.push({ ...part, from, to: Math.min(part.to, from + group) });
    return pieces;
  }
  for (let from = part.from; from < part.to; from++) {
    pieces.push(...cutAlong(plan, { ...part, from, to: from + 1 }, Math.ceil(bytesPerOuter / most)));
  }
  return pieces;
}

/** A part cut along the plan's axis into about `wanted` parts. */
export function cutAlong({ align, least }: PlanShape, part: Part, wanted: number): Part[] {
  const step = Math.max(least, Math.ceil((part.high - part.low) / wanted / align) * align);
  const parts: Part[] = [];
  for (let low = part.low; low < part.high; ) {
    const high = part.high - (low + step) < least ? part.high : low + step;
    parts.push({ ...part, low, high });
    low = high;
  }
  return parts;
}

/** Bytes of staging that these pieces need. */
export function stagingBytes(plan: PlanShape, pieces: readonly Part[], gradient: boolean): number {
  return pieces.reduce((most, piece) => Math.max(most, areas(plan, piece, gradient, 0).end), 0);
}

/** The areas of a job that is one piece, its tensors copied whole: what is small is, and then need not be looked at part by part. */
export function wholeAreas(plan: PlanShape, pieces: readonly Part[], gradient: boolean, staging: number): Areas | undefined {
  const [piece] = pieces;
  if (piece === undefined || pieces.length > 1 || plan.storedBytes !== plan.computedBytes) return undefined;
  const found = areas(plan, piece, gradient, staging);
  return [found.x, found.y].some(({ low, high, size }) => low > 0 || high < size) ? undefined : found;
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
  /** Where it has the form of the tensor: before it is converted, or, of a result, after. */
  readonly raw: number;
  readonly end: number;
}

/** The areas for a piece: of x, of y (or dy, which has its shape), and of dx. */
export interface Areas {
  readonly x: Area;
  readonly y: Area;
  readonly dx: Area;
  readonly end: number;
}

function areas(plan: PlanShape, { from, to, low, high }: Part, gradient: boolean, staging: number): Areas {
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
    // Kernels look at whole rows of columns, taps in the padding and between taps included, and at no fewer than a vector.
    if (plan.axis === 2) {
      if (firstOutput === 0) firstInput = 0;
      if (endOutput === outputSize) endInput = inputSize;
      endInput = Math.min(inputSize, Math.max(endInput, firstInput + VECTOR));
      firstInput = Math.max(0, Math.min(firstInput, endInput - VECTOR));
    }
  }
  const area = (first: number, end: number, size: number, slice: number, address: number): Area => {
    const numbers = (to - from) * (end - first) * slice;
    const raw = address + numbers * plan.computedBytes + SLACK;
    // Converted from float16 and transposed, it is there a third time, widened.
    const areaEnd = isConverted(plan) ? raw + numbers * (plan.storedBytes + plan.computedBytes) + 2 * SLACK : raw;
    return {
      low: first,
      high: end,
      size,
      slice,
      address,
      origin: address - first * slice * plan.computedBytes,
      raw,
      end: aligned(areaEnd),
    };
  };
  const x = area(firstInput, endInput, inputSize, plan.inputSlice, staging);
  const y = area(firstOutput, endOutput, outputSize, plan.outputSlice, x.end);
  const dx = area(low, gradient ? high : low, inputSize, plan.inputSlice, y.end);
  return { x, y, dx, end: dx.end };
}

/** Copies a piece of a tensor to its area. */
function copyIn(memory: WebAssembly.Memory, plan: PlanShape, tensor: Uint8Array, piece: Part, area: Area): void {
  const address = isConverted(plan) ? area.raw : area.address;
  const target = new Uint8Array(memory.buffer);
  copyRuns(plan, tensor, piece, area, (run, offset) => {
    target.set(run, address + offset);
  });
}

/** What brings a piece into the form that the kernels compute in. */
function conversionsIn(plan: PlanShape, piece: Part, area: Area): KernelCall[] {
  const numbers = numbersOf(piece, area);
  const channels = plan.transposedChannels;
  const isWidened = plan.storedBytes === 2;
  const widened = channels === 1 ? area.address : area.raw + numbers * plan.storedBytes + SLACK;
  const source = isWidened ? widened : area.raw;
  const calls: KernelCall[] = [];
  if (isWidened) calls.push([KERNEL.widen, area.raw, widened, numbers]);
  if (channels > 1) calls.push([KERNEL.transpose, source, area.address, channels, numbers / channels, plan.computedBytes]);
  return calls;
}

/** What brings a piece of the result into the form of the tensor. */
function conversionsOut(plan: PlanShape, piece: Part, area: Area): KernelCall[] {
  const numbers = numbersOf(piece, area);
  const channels = plan.transposedChannels;
  const result = channels > 1 ? area.raw : area.address;
  const calls: KernelCall[] = [];
  if (channels > 1) calls.push([KERNEL.transpose, area.address, area.raw, numbers / channels, channels, plan.computedBytes]);
  if (plan.storedBytes === 2) calls.push([KERNEL.narrow, result, result, numbers]);
  return calls;
}

/** Copies a piece of the result from its area. */
function copyOut(memory: WebAssembly.Memory, plan: PlanShape, tensor: Uint8Array, piece: Part, area: Area): void {
  const address = plan.transposedChannels > 1 ? area.raw : area.address;
  copyRuns(plan, tensor, piece, area, (run, offset) => {
    run.set(new Uint8Array(memory.buffer, address + offset, run.length));
  });
}

function numbersOf({ from, to }: Part, { low, high, slice }: Area): number {
  return (to - from) * (high - low) * slice;
}

/** Calls `copy` with each run of bytes that a piece has in its tensor, and the run's offset in the area. */
function copyRuns(plan: PlanShape, tensor: Uint8Array, piece: Part, area: Area, copy: (run: Uint8Array, offset: number) => void): void {
  // Of a transposed tensor a slice counts all channels, but each channel lies by itself; together they are one run if nothing is cut off.
  const channels = area.low === 0 && area.high === area.size ? 1 : plan.transposedChannels;
  const length = (numbersOf(piece, area) / channels) * plan.storedBytes;
  for (let channel = 0; channel < channels; channel++) {
    const first = ((piece.from * channels + channel) * area.size + area.low) * (area.slice / channels) * plan.storedBytes;
    copy(tensor.subarray(first, first + length), channel * length);
  }
}

function isConverted(plan: PlanShape): boolean {
  return plan.storedBytes !== plan.computedBytes || plan.transposedChannels > 1;
}

/** The next address at which any vector may lie. */
function aligned(address: number): number {
  return Math.ceil(address / 16) * 16;
}
