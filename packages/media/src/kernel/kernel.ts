/** The kernel of assembly/kernel.ts, compiled on first use. */
import { decodeBytes } from 'softpool/internal';
import type { Job } from './job.ts';
import { KERNELS } from './kernel.generated.ts';
import { PAGES } from './layout.ts';

/** The exports of the module. */
interface Exports {
  setUp(
    channels: number,
    colors: number,
    sampleBytes: number,
    maximum: number,
    slope: number,
    isShared: boolean,
    isRelative: boolean,
    slices: number,
    asValues: boolean,
  ): void;
  weighLevels(levels: number): void;
  clearSums(outputs: number): void;
  clearLargest(outputs: number): void;
  pool(
    outputs: number,
    column: number,
    pixels: number,
    rows: number,
    weight: number,
    sums: number,
    isFirst: boolean,
    isLast: boolean,
  ): number;
  add(outputs: number, column: number, pixels: number, rows: number): void;
  addLargest(outputs: number, column: number, pixels: number, rows: number): void;
  shareLargest(outputs: number): void;
  blend(outputs: number, weight: number, from: number, to: number, isFirst: boolean): void;
  blendLargest(outputs: number, from: number, to: number, isFirst: boolean): void;
  finish(outputs: number, from: number, isLargest: boolean): void;
}

/** The kernel and its memory. */
export interface Kernel extends Exports {
  readonly memory: WebAssembly.Memory;
  /** The job that the memory is set up for. */
  job: Job | undefined;
}

/** The most pages of a memory: 4 GiB. */
const MOST_PAGES = 65536;

let compiled: WebAssembly.Module | undefined;
let imageKernel: Kernel | undefined;
let isMissing = false;

/**
 * The kernel for images, or undefined where WebAssembly or its vectors are missing, or a policy
 * forbids them: only compiling tells that.
 */
export function loadKernel(): Kernel | undefined {
  imageKernel ??= createKernel(PAGES);
  return imageKernel;
}

/** A kernel with a memory of its own, which can grow: for the frames of a video. */
export function createKernel(mostPages = MOST_PAGES): Kernel | undefined {
  try {
    if (!isMissing) compiled ??= new WebAssembly.Module(decodeBytes(KERNELS));
  } catch {
    isMissing = true;
  }
  if (compiled === undefined) return undefined;
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: mostPages });
  const exports = new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as Exports;
  return { ...exports, memory, job: undefined };
}
