/** Pools rows of images and frames by the kernel, or by the definition where there is none. */
import { decodeSrgb } from '../linear-light.ts';
import type { Pixels, Samples } from '../pixels.ts';
import type { PoolImagePlan } from '../pool-image-options.ts';
import { type Job, jobOf, type PlainSamples, type PoolRows, plainSamples, sampleOf, type WindowUse } from './job.ts';
import { type Kernel, loadKernel } from './kernel.ts';
import {
  COUNTS,
  FIRST_LEVELS,
  LARGEST,
  LEVELS,
  MOST_OUTPUTS,
  OUTPUTS,
  PAGES,
  PIECE,
  PIECE_BYTES,
  STARTS,
  SUMS,
  THRESHOLDS,
  TOTALS,
  WINDOWS,
} from './layout.ts';
import { SLICES } from './levels.ts';
import { definitionPooler } from './pool-by-definition.ts';

/**
 * Prepares pooling the plan's part of `pixels` into `result`, from an output row to another one.
 */
export function rowPooler(pixels: Pixels, result: Pixels, plan: PoolImagePlan): (from: number, to: number) => void {
  const poolRows = windowPooler(jobOf(pixels, plan), loadKernel());
  const data = plainSamples(pixels.data);
  const uses = [{ slot: 0, weight: 1, isFirst: true, result: plainSamples(result.data) }];
  return (from, to) => poolRows(data, uses, from, to);
}

/** A part of the rows of a result, and the rows of the image that they need. */
export interface Piece {
  /** The rows of the result, `to` excluded. */
  readonly from: number;
  readonly to: number;
  /** The first row of `input`, from the first one that is pooled. */
  readonly firstRow: number;
  /** The rows of the image; samples after them are not read. */
  readonly input: Samples;
  /** Receives the rows of the result. */
  readonly output: Samples;
}

/** Prepares pooling pieces of images like this one, which may be empty. */
export function piecePooler(like: Pixels, plan: PoolImagePlan): (piece: Piece) => void {
  const { start, count } = plan.rows;
  const rows = { ...plan.rows, start: start.slice(), count: count.slice() };
  const poolRows = windowPooler(jobOf(like, { ...plan, rows, source: { ...plan.source, top: 0 } }), loadKernel());
  return ({ from, to, firstRow, input, output }) => {
    rows.start.set(start.subarray(from, to).map((row) => row - firstRow));
    rows.count.set(count.subarray(from, to));
    poolRows(plainSamples(input), [{ slot: 0, weight: 1, isFirst: true, result: plainSamples(output) }], 0, to - from);
  };
}

/**
 * Prepares pooling images or frames as the job says. Windows that outlast a frame need a kernel
 * that is used for nothing else.
 */
export function windowPooler(job: Job, kernel: Kernel | undefined): PoolRows {
  if (kernel === undefined) return definitionPooler(job);
  const { outputSize } = job.plan.columns;
  return (data, uses, from, to) => {
    setUp(kernel, job);
    makeRoom(kernel, job, uses);
    for (let first = 0; first < outputSize; first += MOST_OUTPUTS) {
      poolTile(kernel, job, { data, uses, first, outputs: Math.min(MOST_OUTPUTS, outputSize - first) }, from, to);
    }
  };
}

function setUp(kernel: Kernel, job: Job): void {
  if (kernel.job === job) return;
  const { channels, colors, sampleBytes, maximum, slope, isShared, isRelative, values, levels } = job;
  kernel.setUp(channels, colors, sampleBytes, maximum, slope, isShared, isRelative, levels ? SLICES : 0, hasValues(job));
  const { buffer } = kernel.memory;
  if (values !== undefined) {
    const table = new Float64Array(buffer, LEVELS, 2 * values.length);
    values.forEach((value, level) => {
      table[2 * level + 1] = value;
    });
    kernel.weighLevels(values.length);
  }
  if (levels !== undefined) {
    new Float64Array(buffer, THRESHOLDS, levels.thresholds.length).set(levels.thresholds);
    new Uint16Array(buffer, FIRST_LEVELS, levels.firstLevels.length).set(levels.firstLevels);
  }
  kernel.job = job;
}

/** Whether the kernel's outputs are values, which become samples here. */
function hasValues({ sampleBytes, plan }: Job): boolean {
  return sampleBytes === 4 && plan.linear;
}

/** The bytes of an output's sums: see assembly/kernel.ts. */
function sumBytes({ channels, colors, isShared, plan }: Job): number {
  if (plan.method === 'max') return 32;
  return !isShared ? 16 * channels : colors < channels ? 48 : 32;
}

/** Where the kernel keeps the sums of an output of a window. */
function sumsAddress(job: Job, slot: number, row: number, column: number): number {
  const { rows, columns } = job.plan;
  return WINDOWS + ((slot * rows.outputSize + row) * columns.outputSize + column) * sumBytes(job);
}

/** Makes room for the sums of the windows that do not end with this frame. */
function makeRoom({ memory }: Kernel, job: Job, uses: readonly WindowUse[]): void {
  const slots = uses.filter(({ result }) => result === undefined).map(({ slot }) => slot + 1);
  const pages = Math.ceil(sumsAddress(job, Math.max(0, ...slots), 0, 0) / 2 ** 16);
  const missing = Math.max(PAGES, pages) - memory.buffer.byteLength / 2 ** 16;
  if (missing <= 0) return;
  try {
    memory.grow(missing);
  } catch (cause) {
    const megabytes = Math.ceil((missing * 2 ** 16) / 1e6);
    throw new RangeError(`the sums of windows of time need ${megabytes} MB, which WebAssembly does not have; make the result smaller`, {
      cause,
    });
  }
}

/** Outputs of a row that are computed together. */
interface Tile {
  readonly data: PlainSamples;
  readonly uses: readonly WindowUse[];
  /** The first one's column, and how many they are. */
  readonly first: number;
  readonly outputs: number;
}

/** Pools the tile's columns of the output rows `from` to `to`. */
function poolTile(kernel: Kernel, job: Job, tile: Tile, from: number, to: number): void {
  const { first, outputs, uses } = tile;
  const { columns, method } = job.plan;
  const { buffer } = kernel.memory;
  new Int32Array(buffer, STARTS, outputs).set(columns.start.subarray(first, first + outputs));
  new Int32Array(buffer, COUNTS, outputs).set(columns.count.subarray(first, first + outputs));
  const isMax = method === 'max';
  const piece = viewOf(kernel, PIECE, PIECE_BYTES, job);
  const isAdded = uses.some(({ weight }) => weight > 0);
  for (let row = from; row < to; row++) {
    if (poolWhole(kernel, job, tile, row, piece)) continue;
    if (isAdded && (isMax || job.isRelative)) {
      kernel.clearLargest(outputs);
      addRows(job, tile, row, piece, kernel.addLargest);
    }
    if (isAdded && !isMax) {
      if (job.isRelative && job.isShared) kernel.shareLargest(outputs);
      kernel.clearSums(outputs);
      addRows(job, tile, row, piece, kernel.add);
    }
    for (const use of uses) addToWindow(kernel, job, tile, row, use);
  }
}

/**
 * Pools a row of windows at once, if the kernel's memory holds all their pixels of this frame, and
 * the frame is in one window of time. Returns whether it is done.
 */
function poolWhole(kernel: Kernel, job: Job, tile: Tile, row: number, piece: PlainSamples): boolean {
  const { uses, first, outputs } = tile;
  const [use] = uses;
  if (uses.length !== 1 || use === undefined || use.weight === 0 || job.plan.method === 'max') return false;
  const { slot, weight, isFirst, result } = use;
  const [column, end] = spanOf(job, tile);
  const rows = job.plan.rows.count[row] as number;
  if (rows * (end - column) * job.channels > piece.length) return false;
  copyRows(job, tile, piece, { row: job.plan.rows.start[row] as number, rows, column, pixels: end - column });
  const sums = sumsAddress(job, slot, row, first);
  if (!kernel.pool(outputs, column, end - column, rows, weight, sums, isFirst, result !== undefined)) return false;
  if (result !== undefined) writeOutputs(kernel, job, outputs, result, (row * job.plan.columns.outputSize + first) * job.channels);
  return true;
}

/** Whether a window of time has one frame: it needs no room of its own. */
function isAlone({ isFirst, weight, result }: WindowUse): boolean {
  return isFirst && result !== undefined && weight === 1;
}

/** Adds the sums of a row of outputs to those of a window of time, and finishes it if it ends. */
function addToWindow(kernel: Kernel, job: Job, { first, outputs }: Tile, row: number, use: WindowUse): void {
  const { slot, weight, isFirst, result } = use;
  const isMax = job.plan.method === 'max';
  const window = sumsAddress(job, slot, row, first);
  let sums = window;
  if (weight > 0) {
    const alone = isAlone(use);
    sums = alone ? (isMax ? LARGEST : SUMS) : result === undefined ? window : TOTALS;
    if (isMax && !alone) kernel.blendLargest(outputs, window, sums, isFirst);
    else if (!alone) kernel.blend(outputs, weight, window, sums, isFirst);
  }
  if (result === undefined) return;
  kernel.finish(outputs, sums, isMax);
  writeOutputs(kernel, job, outputs, result, (row * job.plan.columns.outputSize + first) * job.channels);
}

/** Hands the rows of a window's inputs to the kernel, in pieces that fit its memory. */
function addRows(job: Job, tile: Tile, row: number, piece: PlainSamples, add: Kernel['add']): void {
  const { rows } = job.plan;
  const [start, end] = spanOf(job, tile);
  const most = Math.floor(piece.length / job.channels);
  for (let column = start; column < end; column += most) {
    const pixels = Math.min(most, end - column);
    const pieceRows = Math.floor(most / pixels);
    const count = rows.count[row] as number;
    for (let i = 0; i < count; i += pieceRows) {
      const lines = Math.min(pieceRows, count - i);
      copyRows(job, tile, piece, { row: (rows.start[row] as number) + i, rows: lines, column, pixels });
      add(tile.outputs, column, pixels, lines);
    }
  }
}

/** The first column of the tile's windows, and the one after their last. */
function spanOf({ plan: { columns } }: Job, { first, outputs }: Tile): [start: number, end: number] {
  const last = first + outputs - 1;
  return [columns.start[first] as number, (columns.start[last] as number) + (columns.count[last] as number)];
}

/** A rectangle of the input. */
interface Part {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly pixels: number;
}

/** Copies a part of the input into the kernel's memory. */
function copyRows(job: Job, { data }: Tile, piece: PlainSamples, { row, rows, column, pixels }: Part): void {
  const { offset, rowLength, channels } = job;
  const count = pixels * channels;
  const from = offset + row * rowLength + column * channels;
  if (count === rowLength) copySamples(job, data.subarray(from, from + rows * count), piece, 0);
  else {
    for (let i = 0; i < rows; i++) copySamples(job, data.subarray(from + i * rowLength, from + i * rowLength + count), piece, i * count);
  }
}

/** Copies samples into the kernel's memory; those of floating-point colors as linear light. */
function copySamples({ plan, channels, colors }: Job, samples: PlainSamples, piece: PlainSamples, to: number): void {
  piece.set(samples, to);
  if (!plan.linear || !(samples instanceof Float32Array)) return;
  for (let at = 0; at < samples.length; at += channels) {
    for (let c = 0; c < colors; c++) piece[to + at + c] = decodeSrgb(samples[at + c] as number);
  }
}

/** Copies the outputs from the kernel's memory into the result. */
function writeOutputs(kernel: Kernel, job: Job, outputs: number, result: PlainSamples, target: number): void {
  const count = outputs * job.channels;
  if (!hasValues(job)) {
    result.set(viewOf(kernel, OUTPUTS, count * job.sampleBytes, job), target);
    return;
  }
  const values = new Float64Array(kernel.memory.buffer, OUTPUTS, count);
  for (let at = 0; at < count; at++) result[target + at] = sampleOf(job, at % job.channels, values[at] as number);
}

/** A part of the kernel's memory as samples of the job. */
function viewOf({ memory: { buffer } }: Kernel, at: number, bytes: number, { sampleBytes }: Job): PlainSamples {
  if (sampleBytes === 1) return new Uint8Array(buffer, at, bytes);
  return sampleBytes === 2 ? new Uint16Array(buffer, at, bytes / 2) : new Float32Array(buffer, at, bytes / 4);
}
