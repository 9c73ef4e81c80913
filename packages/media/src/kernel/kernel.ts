/** The kernel of assembly/kernel.ts, compiled on first use. */
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
    asValues: boolean,
  ): void;
  weighLevels(levels: number): void;
  clearSums(outputs: number): void;
  clearLargest(outputs: number): void;
  pool(outputs: number, column: number, pixels: number, rows: number): number;
  add(outputs: number, column: number, pixels: number, at: number): void;
  addLargest(outputs: number, column: number, pixels: number, at: number): void;
  shareLargest(outputs: number): void;
  finish(outputs: number, largest: boolean): void;
}

/** The kernel and its memory. */
export interface Kernel extends Exports {
  readonly buffer: ArrayBuffer;
}

let kernel: Kernel | undefined;
let isMissing = false;

/**
 * The kernel, or undefined where WebAssembly or its vectors are missing, or a policy forbids them:
 * only compiling tells that.
 */
export function loadKernel(): Kernel | undefined {
  if (kernel === undefined && !isMissing) {
    try {
      const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
      const module = new WebAssembly.Module(kernelBytes());
      const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
      kernel = { ...exports, buffer: memory.buffer };
    } catch {
      isMissing = true;
    }
  }
  return kernel;
}

function kernelBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: KERNELS.length / 2 }, (_, i) => Number.parseInt(KERNELS.slice(2 * i, 2 * i + 2), 16));
}
