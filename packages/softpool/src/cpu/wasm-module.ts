/**
 * The kernels as a WebAssembly module, compiled on first use and instantiated on the caller's
 * memory.
 */
import { typeError } from '../api/errors.ts';
import { KERNELS } from './kernels.generated.ts';

/** The exports of the module: see kernels/kernels.ts. Addresses and sizes are in bytes. */
export interface Kernels {
  scratchBytes(problem: number): number;
  recordBytes(problem: number): number;
  /** The kernels that {@link KernelCall} numbers. */
  readonly numbered: readonly ((...args: number[]) => void)[];
}

/**
 * The kernels' numbers, in the order of NAMES. Their arguments are in kernels/kernels.ts and
 * kernels/convert.ts.
 */
export const KERNEL = { pool: 0, poolGrad: 1, widen: 2, narrow: 3, transpose: 4 } as const;
const NAMES = ['pool', 'poolGrad', 'widen', 'narrow', 'transpose'] as const;

/** Room behind every area that kernels read or write, for vectors that reach over its end. */
export const SLACK = 64;

/** The most arguments that a kernel takes. */
export const MOST_ARGUMENTS = 8;

/**
 * A call of a kernel: its number and its arguments. All are numbers, so that it can be written into
 * shared memory.
 */
export type KernelCall = readonly [kernel: number, ...args: number[]];

/** The kernels and the memory they work in. */
export interface Machine {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
}

/** Makes calls one after another. */
export function runCalls({ numbered }: Kernels, calls: readonly KernelCall[]): void {
  for (const [kernel, a, b, c, d, e, f, g, h] of calls) {
    // Kernels ignore surplus arguments. Spreading only those they take would take longer than
    // pooling a small plane.
    (numbered[kernel] as (...args: unknown[]) => void)(a, b, c, d, e, f, g, h);
  }
}

/** The next address at which any vector may lie. */
export function aligned(address: number): number {
  return Math.ceil(address / 16) * 16;
}

/** Pages of 64 KiB: all that 32-bit addresses reach. */
export const MOST_PAGES = 65536;

const modules = new Map<boolean, WebAssembly.Module | undefined>();

/**
 * Takes the kernels as a compiled module, for platforms that forbid compiling but import modules,
 * such as Cloudflare Workers: the module is `softpool/kernels.wasm`. Call it before the first
 * pooling call. It isn't needed elsewhere.
 *
 * @param module - The `WebAssembly.Module`.
 * @throws TypeError if it is not one.
 * @example
 * ```ts
 * const { readFile } = await import('node:fs/promises'); // a Worker writes: import module from 'softpool/kernels.wasm'
 * const module = new WebAssembly.Module(await readFile(new URL(import.meta.resolve('softpool/kernels.wasm'))));
 * setKernels(module);
 * ```
 */
export function setKernels(module: object): void {
  if (!(module instanceof WebAssembly.Module)) throw typeError('setKernels', 'module', 'a WebAssembly.Module', module);
  modules.set(false, module);
}

/**
 * The compiled module for a private or a shared memory; undefined where WebAssembly or its SIMD is
 * missing, or a policy forbids compiling.
 */
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
  try {
    return new WebAssembly.Module(shared ? withSharedMemory(plain) : plain);
  } catch {
    return undefined; // valid, so that only a policy is left as the reason
  }
}

/**
 * The same module with its one import declared as a shared memory. Nothing else differs, since the
 * kernels hold neither atomic instructions nor data. Embedding the module once keeps the package
 * small.
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

/** The end of the section at `at`: its id is followed by its size in LEB128. */
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
