/**
 * The staging memory. Tensors outside the kernels' memory stream through an area of cache size, a
 * few planes or slices at a time: a tensor of any size needs little memory, and its copy costs
 * little. There float16 becomes float32, and channels that share weights are brought together.
 */
import type { Job } from '../api/job.ts';
import type { Numbers, Operands } from './operands.ts';
import type { Part, Plan } from './plan.ts';
import { aligned, KERNEL, type KernelCall, SLACK } from './wasm-module.ts';

/** Where a part of one tensor is staged. */
export interface Area {
  /** The numbers that are staged. */
  readonly numbers: number;
  /** Where they begin in the tensor. */
  readonly first: number;
  /** How far the channels of a transposed tensor are apart in it. */
  readonly plane: number;
  /** The address of the numbers in the form that the kernels compute in. */
  readonly address: number;
  /** The address that index 0 along the plan's axis would have, which is what the kernels take. */
  readonly origin: number;
  /** The address of the numbers as the tensor stores them, if that is another form. */
  readonly raw: number;
  /** There, the bytes from one channel of a transposed tensor to the next. */
  readonly channelStride: number;
  /** Whether `raw` is in the tensor itself, so that nothing is to be copied. */
  readonly isThere: boolean;
  readonly end: number;
}

/** Addresses of tensors, inputs first, that are used where they lie; undefined for the others. */
export type Addresses = readonly (number | undefined)[];

/** Numbers in a vector of the kernels. */
const VECTOR = 4;

/**
 * Lays out the areas of a part from `address` on, that of the result as the last. `there` is what
 * {@link transposedThere} gives.
 */
export function stagingAreas(plan: Plan, part: Part, kind: Job['kind'], address: number, there: Addresses = []): Operands<Area> {
  const { input, output } = stagedIndices(plan, part, kind);
  const { outputSize, inputSize } = plan.windows;
  const x = area(plan, part, input, inputSize, plan.inputSlice, address, there[0]);
  const y = area(plan, part, output, outputSize, plan.outputSlice, x.end, there[1]);
  if (kind === 'forward') return { inputs: [x], result: y };
  return { inputs: [x, y], result: area(plan, part, [part.low, part.high], inputSize, plan.inputSlice, y.end, there[2]) };
}

/** The addresses of the tensors whose channels are transposed where they lie. */
export function transposedThere(plan: Plan, memory: WebAssembly.Memory, { inputs, result }: Operands<Numbers>): Addresses {
  const canBe = plan.transposedChannels > 1 && plan.storedBytes === plan.computedBytes;
  return [...inputs, result].map(({ buffer, byteOffset }) => (canBe && buffer === memory.buffer ? byteOffset : undefined));
}

/** Whether the kernels compute in another form than the tensors have. */
export function isConverted(plan: Plan): boolean {
  return plan.storedBytes !== plan.computedBytes || plan.transposedChannels > 1;
}

/** Copies a part of the inputs to its areas. */
export function copyIn(memory: WebAssembly.Memory, plan: Plan, tensors: Operands<Numbers>, areas: Operands<Area>): void {
  areas.inputs.forEach((area, i) => {
    if (!area.isThere) copyTensorIn(memory, plan, tensors.inputs[i] as Numbers, area);
  });
}

/** Copies a part of the result from its area. */
export function copyOut(memory: WebAssembly.Memory, plan: Plan, { result }: Operands<Numbers>, areas: Operands<Area>): void {
  const area = areas.result;
  if (area.isThere) return;
  const staged = memoryNumbers(memory, plan);
  const from = (plan.transposedChannels > 1 ? area.raw : area.address) / plan.storedBytes;
  for (const { start, offset, length } of runsOf(plan, area)) {
    result.set(staged.subarray(from + offset, from + offset + length), start);
  }
}

/** The kernel calls that convert a part of an input to the form that the kernels compute in. */
export function conversionsIn({ transposedChannels: channels, storedBytes, computedBytes }: Plan, area: Area): KernelCall[] {
  const { numbers, address, raw, channelStride } = area;
  const isWidened = storedBytes === 2;
  const widened = channels === 1 ? address : raw + numbers * storedBytes + SLACK;
  const source = isWidened ? widened : raw;
  const calls: KernelCall[] = [];
  if (isWidened) calls.push([KERNEL.widen, raw, widened, numbers]);
  if (channels > 1) {
    calls.push([KERNEL.transpose, source, address, channels, numbers / channels, computedBytes, channelStride, channels * computedBytes]);
  }
  return calls;
}

/** The kernel calls that convert a part of the result to the form of the tensor. */
export function conversionsOut({ transposedChannels: channels, storedBytes, computedBytes }: Plan, area: Area): KernelCall[] {
  const { numbers, address, raw, channelStride } = area;
  const result = channels > 1 ? raw : address;
  const calls: KernelCall[] = [];
  if (channels > 1) {
    calls.push([KERNEL.transpose, address, raw, numbers / channels, channels, computedBytes, channels * computedBytes, channelStride]);
  }
  if (storedBytes === 2) calls.push([KERNEL.narrow, result, result, numbers]);
  return calls;
}

type Indices = readonly [low: number, high: number];

/** The indices of the input and the output that a part reads or writes along the plan's axis. */
function stagedIndices(plan: Plan, { from, to, low, high }: Part, kind: Job['kind']): { input: Indices; output: Indices } {
  const { dilation, start, count, outputSize, inputSize } = plan.windows;
  // Several elements are staged whole, as the kernels step from one to the next; of a single one,
  // what its windows cover.
  if (to - from > 1) return { input: [0, inputSize], output: [0, outputSize] };
  const endOf = (output: number): number => (start[output] as number) + ((count[output] as number) - 1) * dilation + 1;
  let [firstOutput, endOutput] = [low, high];
  if (kind === 'gradient') {
    [firstOutput, endOutput] = [0, outputSize];
    while (firstOutput < outputSize && endOf(firstOutput) <= low) firstOutput++;
    while (endOutput > firstOutput && (start[endOutput - 1] as number) >= high) endOutput--;
  }
  let [firstInput, endInput] = kind === 'gradient' ? [low, high] : [start[low] as number, endOf(low)];
  for (let output = firstOutput; output < endOutput; output++) {
    firstInput = Math.min(firstInput, start[output] as number);
    endInput = Math.max(endInput, endOf(output));
  }
  // Kernels read whole rows of columns, taps in the padding and between taps included, and at least
  // a vector.
  if (plan.axis === 2) {
    if (firstOutput === 0) firstInput = 0;
    if (endOutput === outputSize) endInput = inputSize;
    endInput = Math.min(inputSize, Math.max(endInput, firstInput + VECTOR));
    firstInput = Math.max(0, Math.min(firstInput, endInput - VECTOR));
  }
  return { input: [firstInput, endInput], output: [firstOutput, endOutput] };
}

function area(
  plan: Plan,
  part: Part,
  [low, high]: Indices,
  size: number,
  slice: number,
  address: number,
  tensor: number | undefined,
): Area {
  const { transposedChannels, storedBytes, computedBytes } = plan;
  const numbers = (part.to - part.from) * (high - low) * slice;
  const plane = (size * slice) / transposedChannels;
  const first = part.from * size * slice + (low * slice) / transposedChannels;
  const behind = address + numbers * computedBytes + SLACK;
  const isThere = tensor !== undefined;
  return {
    numbers,
    first,
    plane,
    address,
    origin: address - low * slice * computedBytes,
    raw: isThere ? tensor + first * computedBytes : behind,
    channelStride: (isThere ? plane : numbers / transposedChannels) * computedBytes,
    isThere,
    // A float16 tensor that is transposed is there a third time, widened.
    end: aligned(isConverted(plan) ? behind + numbers * (storedBytes + computedBytes) + 2 * SLACK : behind),
  };
}

function copyTensorIn(memory: WebAssembly.Memory, plan: Plan, tensor: Numbers, area: Area): void {
  const staged = memoryNumbers(memory, plan);
  const to = (isConverted(plan) ? area.raw : area.address) / plan.storedBytes;
  for (const { start, offset, length } of runsOf(plan, area)) {
    staged.set(length === tensor.length ? tensor : tensor.subarray(start, start + length), to + offset);
  }
}

/**
 * Numbers of a tensor that lie side by side both in the tensor, from `start` on, and in its area,
 * from `offset` on.
 */
interface Run {
  readonly start: number;
  readonly offset: number;
  readonly length: number;
}

/** The runs of a part of a tensor: of a transposed one, each channel's, unless it is whole. */
function runsOf({ transposedChannels }: Plan, { numbers, first, plane }: Area): Run[] {
  const channels = numbers === plane * transposedChannels ? 1 : transposedChannels;
  const length = numbers / channels;
  const runs: Run[] = []; // not by Array.from, which takes as long as pooling a small plane
  for (let i = 0; i < channels; i++) runs.push({ start: first + i * plane, offset: i * length, length });
  return runs;
}

let lastView: Numbers = new Float32Array(0);

/**
 * The memory as numbers of the size that the tensors have. The view is kept until the memory grows
 * or another size is asked for.
 */
function memoryNumbers({ buffer }: WebAssembly.Memory, { storedBytes }: Plan): Numbers {
  if (lastView.buffer !== buffer || lastView.BYTES_PER_ELEMENT !== storedBytes) {
    const View = storedBytes === 8 ? Float64Array : storedBytes === 4 ? Float32Array : Uint16Array;
    lastView = new View(buffer);
  }
  return lastView;
}
