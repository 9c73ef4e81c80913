/** Pools rows of an image by the kernel, or by the definition where there is none. */
import { decodeSrgb } from '../linear-light.ts';
import type { Pixels } from '../pixels.ts';
import type { PoolImagePlan } from '../pool-image-options.ts';
import { type Job, jobOf, type PlainSamples, sampleOf } from './job.ts';
import { type Kernel, loadKernel } from './kernel.ts';
import { COUNTS, LEVELS, MOST_OUTPUTS, OUTPUTS, PIECE, PIECE_BYTES, STARTS } from './layout.ts';
import { poolByDefinition } from './pool-by-definition.ts';

/** Pools the output rows `from` to `to` (exclusive). */
export type PoolRows = (from: number, to: number) => void;

/** Prepares pooling the plan's part of `pixels` into `result`. */
export function rowPooler(pixels: Pixels, result: Pixels, plan: PoolImagePlan): PoolRows {
  const job = jobOf(pixels, result, plan);
  const kernel = loadKernel();
  if (kernel === undefined) return (from, to) => poolByDefinition(job, from, to);
  return (from, to) => {
    setUp(kernel, job);
    for (let first = 0; first < plan.columns.outputSize; first += MOST_OUTPUTS) {
      poolTile(kernel, job, first, Math.min(MOST_OUTPUTS, plan.columns.outputSize - first), from, to);
    }
  };
}

/** The job that the kernel's memory is set up for: others may run between the steps of one. */
let current: Job | undefined;

function setUp(kernel: Kernel, job: Job): void {
  if (current === job) return;
  const { channels, colors, data, maximum, slope, isShared, isRelative, values } = job;
  kernel.setUp(channels, colors, data.BYTES_PER_ELEMENT, maximum, slope, isShared, isRelative);
  if (values !== undefined) {
    const table = new Float64Array(kernel.buffer, LEVELS, 2 * values.length);
    values.forEach((value, level) => {
      table[2 * level + 1] = value;
    });
    kernel.weighLevels(values.length);
  }
  current = job;
}

/** Pools `outputs` outputs from column `first` on, of the output rows `from` to `to`. */
function poolTile(kernel: Kernel, job: Job, first: number, outputs: number, from: number, to: number): void {
  const { columns, method } = job.plan;
  new Int32Array(kernel.buffer, STARTS, outputs).set(columns.start.subarray(first, first + outputs));
  new Int32Array(kernel.buffer, COUNTS, outputs).set(columns.count.subarray(first, first + outputs));
  const isMax = method === 'max';
  const tile: Tile = { kernel, job, first, outputs, piece: viewOf(kernel, PIECE, PIECE_BYTES, job.data) };
  for (let row = from; row < to; row++) {
    if (isMax || job.isRelative) {
      kernel.clearLargest(outputs);
      addRows(tile, row, kernel.addLargest);
    }
    if (!isMax) {
      if (job.isRelative && job.isShared) kernel.shareLargest(outputs);
      kernel.clearSums(outputs);
      addRows(tile, row, kernel.add);
    }
    kernel.finish(outputs, isMax, job.encode !== undefined);
    writeOutputs(tile, row);
  }
}

interface Tile {
  readonly kernel: Kernel;
  readonly job: Job;
  readonly first: number;
  readonly outputs: number;
  readonly piece: PlainSamples;
}

/** Hands the rows of a window's inputs to the kernel, in pieces that fit its memory. */
function addRows({ job, first, outputs, piece }: Tile, row: number, add: Kernel['add']): void {
  const { offset, rowLength, channels } = job;
  const { rows, columns } = job.plan;
  const last = first + outputs - 1;
  const end = (columns.start[last] as number) + (columns.count[last] as number);
  const most = Math.floor(piece.length / channels);
  for (let i = 0; i < (rows.count[row] as number); i++) {
    const line = offset + ((rows.start[row] as number) + i) * rowLength;
    for (let column = columns.start[first] as number; column < end; column += most) {
      const pixels = Math.min(most, end - column);
      copySamples(job, line + column * channels, pixels * channels, piece);
      add(outputs, column, pixels);
    }
  }
}

/** Copies samples into the kernel's memory; those of floating-point colors as linear light. */
function copySamples({ data, plan, channels, colors }: Job, from: number, count: number, piece: PlainSamples): void {
  piece.set(data.subarray(from, from + count));
  if (!plan.linear || !(data instanceof Float32Array)) return;
  for (let at = 0; at < count; at += channels) {
    for (let c = 0; c < colors; c++) piece[at + c] = decodeSrgb(piece[at + c] as number);
  }
}

/** Copies the outputs from the kernel's memory into the result. */
function writeOutputs({ kernel, job, first, outputs }: Tile, row: number): void {
  const { channels, result, encode } = job;
  const target = (row * job.plan.columns.outputSize + first) * channels;
  const count = outputs * channels;
  if (encode === undefined) {
    result.set(viewOf(kernel, OUTPUTS, count * result.BYTES_PER_ELEMENT, result), target);
    return;
  }
  const values = new Float64Array(kernel.buffer, OUTPUTS, count);
  for (let at = 0; at < count; at++) result[target + at] = sampleOf(job, at % channels, values[at] as number);
}

/** A part of the kernel's memory as samples of the same type. */
function viewOf({ buffer }: Kernel, at: number, bytes: number, like: PlainSamples): PlainSamples {
  if (like instanceof Uint8Array) return new Uint8Array(buffer, at, bytes);
  return like instanceof Uint16Array ? new Uint16Array(buffer, at, bytes / 2) : new Float32Array(buffer, at, bytes / 4);
}
