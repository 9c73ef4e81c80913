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
  /** The indices along the plan's axis that are staged, `low` to `high`, out of `size`. */
  readonly low: number;
  readonly high: number;
  readonly size: number;
  /** Numbers per index. */
  readonly slice: number;
  /** The address of index `low` in the form that the kernels compute in. */
  readonly address: number;
  /** The address that index 0 would have, which is what the kernels take. */
  readonly origin: number;
  /** The address of the numbers as the tensor stores them, if that is another form. */
  readonly raw: number;
  readonly end: number;
}

/** Numbers in a vector of the kernels. */
const VECTOR = 4;

/** Lays out the areas of a part from `address` on, that of the result as the last. */
export function stagingAreas(plan: Plan, part: Part, kind: Job['kind'], address: number): Operands<Area> {
  const { input, output } = stagedIndices(plan, part, kind);
  const elements = part.to - part.from;
  const { inputSize, outputSize } = plan.windows;
  const x = area(plan, elements, input, inputSize, plan.inputSlice, address);
  const y = area(plan, elements, output, outputSize, plan.outputSlice, x.end);
  if (kind === 'forward') return { inputs: [x], result: y };
  return { inputs: [x, y], result: area(plan, elements, [part.low, part.high], inputSize, plan.inputSlice, y.end) };
}

/** Whether the kernels compute in another form than the tensors have. */
export function isConverted(plan: Plan): boolean {
  return plan.storedBytes !== plan.computedBytes || plan.transposedChannels > 1;
}

/** Copies a part of the inputs to its areas. */
export function copyIn(memory: WebAssembly.Memory, plan: Plan, tensors: Operands<Numbers>, part: Part, areas: Operands<Area>): void {
  areas.inputs.forEach((area, i) => {
    copyTensorIn(memory, plan, tensors.inputs[i] as Numbers, part, area);
  });
}

/** Copies a part of the result from its area. */
export function copyOut(memory: WebAssembly.Memory, plan: Plan, { result }: Operands<Numbers>, part: Part, areas: Operands<Area>): void {
  const area = areas.result;
  const staged = memoryNumbers(memory, plan);
  const from = (plan.transposedChannels > 1 ? area.raw : area.address) / plan.storedBytes;
  for (const { start, offset, length } of runsOf(plan, part, area)) {
    result.set(staged.subarray(from + offset, from + offset + length), start);
  }
}

/** The kernel calls that convert a part of an input to the form that the kernels compute in. */
export function conversionsIn(plan: Plan, part: Part, area: Area): KernelCall[] {
  const numbers = numbersOf(part, area);
  const channels = plan.transposedChannels;
  const isWidened = plan.storedBytes === 2;
  const widened = channels === 1 ? area.address : area.raw + numbers * plan.storedBytes + SLACK;
  const source = isWidened ? widened : area.raw;
  const calls: KernelCall[] = [];
  if (isWidened) calls.push([KERNEL.widen, area.raw, widened, numbers]);
  if (channels > 1) calls.push([KERNEL.transpose, source, area.address, channels, numbers / channels, plan.computedBytes]);
  return calls;
}

/** The kernel calls that convert a part of the result to the form of the tensor. */
export function conversionsOut(plan: Plan, part: Part, area: Area): KernelCall[] {
  const numbers = numbersOf(part, area);
  const channels = plan.transposedChannels;
  const result = channels > 1 ? area.raw : area.address;
  const calls: KernelCall[] = [];
  if (channels > 1) calls.push([KERNEL.transpose, area.address, area.raw, numbers / channels, channels, plan.computedBytes]);
  if (plan.storedBytes === 2) calls.push([KERNEL.narrow, result, result, numbers]);
  return calls;
}

type Indices = readonly [low: number, high: number];

/** The indices of the input and the output that a part reads or writes along the plan's axis. */
function stagedIndices(plan: Plan, { from, to, low, high }: Part, kind: Job['kind']): { input: Indices; output: Indices } {
  const { start, count, step, inputSize, outputSize } = plan.windows;
  // Several elements are staged whole, as the kernels step from one to the next; of a single one,
  // what its windows cover.
  if (to - from > 1) return { input: [0, inputSize], output: [0, outputSize] };
  const endOf = (output: number): number => (start[output] as number) + ((count[output] as number) - 1) * step + 1;
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

function area(plan: Plan, elements: number, [low, high]: Indices, size: number, slice: number, address: number): Area {
  const numbers = elements * (high - low) * slice;
  const raw = address + numbers * plan.computedBytes + SLACK;
  // A float16 tensor that is transposed is there a third time, widened.
  const end = isConverted(plan) ? raw + numbers * (plan.storedBytes + plan.computedBytes) + 2 * SLACK : raw;
  return { low, high, size, slice, address, origin: address - low * slice * plan.computedBytes, raw, end: aligned(end) };
}

function copyTensorIn(memory: WebAssembly.Memory, plan: Plan, tensor: Numbers, part: Part, area: Area): void {
  const staged = memoryNumbers(memory, plan);
  const to = (isConverted(plan) ? area.raw : area.address) / plan.storedBytes;
  for (const { start, offset, length } of runsOf(plan, part, area)) {
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

/** The runs of a part of a tensor. */
function runsOf(plan: Plan, part: Part, area: Area): Run[] {
  // A slice of a transposed tensor counts all channels, which lie apart from each other; a whole
  // tensor is one run.
  const channels = area.low === 0 && area.high === area.size ? 1 : plan.transposedChannels;
  const length = numbersOf(part, area) / channels;
  const runs: Run[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const start = ((part.from * channels + channel) * area.size + area.low) * (area.slice / channels);
    runs.push({ start, offset: channel * length, length });
  }
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

function numbersOf({ from, to }: Part, { low, high, slice }: Area): number {
  return (to - from) * (high - low) * slice;
}
