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
  const { channels, colors, data, maximum, slope, isShared, isRelative, values, encode } = job;
  kernel.setUp(channels, colors, data.BYTES_PER_ELEMENT, maximum, slope, isShared, isRelative, encode !== undefined);
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
  const { rows, columns, method } = job.plan;
  new Int32Array(kernel.buffer, STARTS, outputs).set(columns.start.subarray(first, first + outputs));
  new Int32Array(kernel.buffer, COUNTS, outputs).set(columns.count.subarray(first, first + outputs));
  const isMax = method === 'max';
  const column = columns.start[first] as number;
  const last = first + outputs - 1;
  const pixels = (columns.start[last] as number) + (columns.count[last] as number) - column;
  const tile: Tile = { kernel, job, outputs, column, pixels, piece: viewOf(kernel, PIECE, PIECE_BYTES, job.data) };
  for (let row = from; row < to; row++) {
    const isWhole = copyWindows(tile, row);
    if (!isWhole || isMax || !kernel.pool(outputs, column, pixels, rows.count[row] as number)) {
      if (isMax || job.isRelative) {
        kernel.clearLargest(outputs);
        addRows(tile, row, kernel.addLargest, isWhole);
      }
      if (!isMax) {
        if (job.isRelative && job.isShared) kernel.shareLargest(outputs);
        kernel.clearSums(outputs);
        addRows(tile, row, kernel.add, isWhole);
      }
      kernel.finish(outputs, isMax);
    }
    writeOutputs(tile, row, first);
  }
}

/** Outputs beside each other, and the pixels of a row that their windows cover. */
interface Tile {
  readonly kernel: Kernel;
  readonly job: Job;
  readonly outputs: number;
  readonly column: number;
  readonly pixels: number;
  readonly piece: PlainSamples;
}

/** Copies all pixels of a row of windows into the kernel's memory. Returns false if it is full. */
function copyWindows({ job, column, pixels, piece }: Tile, row: number): boolean {
  const { rows } = job.plan;
  const count = pixels * job.channels;
  const height = rows.count[row] as number;
  if (height * count > piece.length) return false;
  const from = sampleAt(job, rows.start[row] as number, column);
  if (count === job.rowLength) copySamples(job, from, height * count, piece, 0);
  else for (let i = 0; i < height; i++) copySamples(job, from + i * job.rowLength, count, piece, i * count);
  return true;
}

/**
 * Hands the rows of windows to the kernel one by one: from its memory if all are there, else in
 * pieces that fit.
 */
function addRows({ job, outputs, column, pixels, piece }: Tile, row: number, add: Kernel['add'], isWhole: boolean): void {
  const { channels } = job;
  const { rows } = job.plan;
  const most = Math.floor(piece.length / channels);
  for (let i = 0; i < (rows.count[row] as number); i++) {
    if (isWhole) {
      add(outputs, column, pixels, i * pixels * channels * piece.BYTES_PER_ELEMENT);
      continue;
    }
    for (let x = column; x < column + pixels; x += most) {
      const part = Math.min(most, column + pixels - x);
      copySamples(job, sampleAt(job, (rows.start[row] as number) + i, x), part * channels, piece, 0);
      add(outputs, x, part, 0);
    }
  }
}

/** The first sample of a pixel of the part that is pooled. */
function sampleAt({ offset, rowLength, channels }: Job, row: number, column: number): number {
  return offset + row * rowLength + column * channels;
}

/** Copies samples into the kernel's memory; those of floating-point colors as linear light. */
function copySamples({ data, plan, channels, colors }: Job, from: number, count: number, piece: PlainSamples, to: number): void {
  piece.set(data.subarray(from, from + count), to);
  if (!plan.linear || !(data instanceof Float32Array)) return;
  for (let at = to; at < to + count; at += channels) {
    for (let c = 0; c < colors; c++) piece[at + c] = decodeSrgb(piece[at + c] as number);
  }
}

/** Copies the outputs from the kernel's memory into the result. */
function writeOutputs({ kernel, job, outputs }: Tile, row: number, first: number): void {
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
