/** The kernel of assembly/kernel.ts, compiled on first use. */
import { KERNEL } from './kernel.generated.ts';
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
  ): void;
  weighLevels(levels: number): void;
  clearSums(outputs: number): void;
  clearLargest(outputs: number): void;
  add(outputs: number, column: number, pixels: number): void;
  addLargest(outputs: number, column: number, pixels: number): void;
  shareLargest(outputs: number): void;
  finish(outputs: number, largest: boolean, asValues: boolean): void;
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
      const module = new WebAssembly.Module(Uint8Array.from(atob(KERNEL), (character) => character.charCodeAt(0)));
      const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
      kernel = { ...exports, buffer: memory.buffer };
    } catch {
      isMissing = true;
    }
  }
  return kernel;
}
