/**
 * The kernels as WebAssembly modules, compiled on first use and instantiated on the caller's
 * memory. Those of the forward pass are also a module of their own, so that a page which only pools
 * carries no others.
 */

/**
 * The kernels of a module: see kernels/forward.ts and backward.ts. Addresses and sizes
 * are in bytes.
 */
export interface Kernels {
  scratchBytes(problem: number): number;
  recordBytes(problem: number): number;
  /** The kernels that {@link KernelCall} numbers. */
  readonly numbered: readonly ((...args: number[]) => void)[];
}

/**
 * The kernels' numbers, in the order of NAMES. Their arguments are in kernels/forward.ts,
 * kernels/backward.ts and kernels/convert.ts.
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

/** All kernels, compiled elsewhere. */
let taken: WebAssembly.Module | undefined;

/** Takes the kernels for a private memory, compiled elsewhere. */
export function takeKernels(module: WebAssembly.Module): void {
  taken = module;
}

/** What compiling kernels gave, by the function that returns their bytes. */
const compiled = new Map<() => Uint8Array<ArrayBuffer>, WebAssembly.Module | undefined>();

/** Kernels for a private memory; undefined where they cannot be compiled. */
export function compileKernels(bytes: () => Uint8Array<ArrayBuffer>): WebAssembly.Module | undefined {
  if (taken === undefined && !compiled.has(bytes)) compiled.set(bytes, compile(bytes()));
  return taken ?? compiled.get(bytes);
}

/**
 * Compiles the kernels' bytes. Undefined where WebAssembly or what they use of it is missing, or a
 * policy forbids compiling.
 */
export function compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module | undefined {
  try {
    return new WebAssembly.Module(bytes);
  } catch {
    return undefined;
  }
}

/** What a module exports: scratchBytes, recordBytes, and some of the numbered kernels. */
export type KernelExports = Omit<Kernels, 'numbered'> & Record<(typeof NAMES)[number], (...args: number[]) => void>;

/** The exports on `memory`, which must be shared exactly if the module was compiled so. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelExports {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
}

/** The kernels among exports. */
export function numbered(exports: KernelExports): Kernels {
  return { scratchBytes: exports.scratchBytes, recordBytes: exports.recordBytes, numbered: NAMES.map((name) => exports[name]) };
}
