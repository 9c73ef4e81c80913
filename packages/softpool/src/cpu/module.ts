/** The kernels as a WebAssembly module: decoded, compiled when first needed, and instantiated on a memory that the caller provides. */
import { KERNELS } from './kernels.generated.ts';

/** What the module exports for the loader: see assembly/kernels.ts. Addresses and sizes are in bytes. */
export interface Kernels {
  scratchBytes(problem: number): number;
  recordBytes(problem: number): number;
  /** The kernels that {@link KernelCall} numbers. */
  readonly numbered: readonly ((...args: number[]) => void)[];
}

/** The kernels' numbers, in the order of NAMES. Their arguments are in assembly/kernels.ts and assembly/convert.ts. */
export const KERNEL = { pool: 0, poolGrad: 1, widen: 2, narrow: 3, transpose: 4 } as const;
const NAMES = ['pool', 'poolGrad', 'widen', 'narrow', 'transpose'] as const;

/** The most arguments that a kernel takes. */
export const MOST_ARGUMENTS = 8;

/** A call of a kernel, all numbers, so that a thread can be told it through memory: which kernel, and its arguments. */
export type KernelCall = readonly [kernel: number, ...args: number[]];

/** Makes calls one after another. */
export function runCalls({ numbered }: Kernels, calls: readonly KernelCall[]): void {
  for (const [kernel, a, b, c, d, e, f, g, h] of calls) {
    // Arguments that a kernel does not take are ignored; to spread the few that it does would take longer than a small plane.
    (numbered[kernel] as (...args: unknown[]) => void)(a, b, c, d, e, f, g, h);
  }
}

/** Pages of 64 KiB: all that 32-bit addresses reach. */
export const MOST_PAGES = 65536;

const modules = new Map<boolean, WebAssembly.Module | undefined>();

/** The compiled module for a private or a shared memory; undefined where WebAssembly or its SIMD is missing. */
export function compileKernels(shared: boolean): WebAssembly.Module | undefined {
  if (!modules.has(shared)) modules.set(shared, compile(shared));
  return modules.get(shared);
}

/** The kernels on `memory`, which must be shared exactly if the module was compiled so. */
export function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Omit<Kernels, 'numbered'> &
    Record<(typeof NAMES)[number], (...args: number[]) => void>;
  return { scratchBytes: exports.scratchBytes, recordBytes: exports.recordBytes, numbered: NAMES.map((name) => exports[name]) };
}

function compile(shared: boolean): WebAssembly.Module | undefined {
  if (typeof WebAssembly === 'undefined') return undefined;
  const plain = Uint8Array.from({ length: KERNELS.length / 2 }, (_, i) => Number.parseInt(KERNELS.slice(2 * i, 2 * i + 2), 16));
  if (!WebAssembly.validate(plain)) return undefined;
  return new WebAssembly.Module(shared ? withSharedMemory(plain) : plain);
}

/**
 * The same module with its one import declared as a shared memory. The kernels hold no atomic instruction and no data, so that the declaration
 * is all that differs; embedding the module once keeps the package small.
 */
function withSharedMemory(plain: Uint8Array): Uint8Array<ArrayBuffer> {
  const IMPORT_SECTION = 2;
  const name = (text: string): number[] => [text.length, ...Array.from(text, (character) => character.charCodeAt(0))];
  const SHARED_WITH_MAXIMUM = 3;
  const maximum = [0x80, 0x80, 0x04]; // MOST_PAGES, LEB128
  const content = [1, ...name('env'), ...name('memory'), 2, SHARED_WITH_MAXIMUM, 0, ...maximum];
  let at = 8; // after the magic number and the version
  while (plain[at] !== IMPORT_SECTION) at = sectionEnd(plain, at);
  const end = sectionEnd(plain, at);
  return Uint8Array.of(...plain.subarray(0, at), IMPORT_SECTION, content.length, ...content, ...plain.subarray(end));
}

/** Where the section that begins at `at` ends: its id is followed by its size in LEB128. */
function sectionEnd(bytes: Uint8Array, at: number): number {
  let size = 0;
  let shift = 0;
  for (let next = at + 1; ; next++) {
    const byte = bytes[next] as number;
    size |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte < 0x80) return next + 1 + size;
  }
}
