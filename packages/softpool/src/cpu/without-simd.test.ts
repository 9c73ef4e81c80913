import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import * as reference from '../reference.ts';

/** What a build would import as `softpool/kernels.wasm`. */
const compiled = new WebAssembly.Module(readFileSync(new URL('../../dist/kernels.wasm', import.meta.url)));

const x = { data: Float32Array.from({ length: 2 * 3 * 8 * 9 }, (_, i) => 5 * Math.sin(i * 12.9898)), shape: [2, 3, 8, 9] };
const options = { kernelSize: 3, stride: 2, padding: 1, weights: 'shared', beta: 2 } as const;

/** A WebAssembly that compiles nothing. */
function refusing(message: string): object {
  const { CompileError, Module: Real } = WebAssembly;
  const Module = class {
    static readonly exports = Real.exports;
    constructor() {
      throw new CompileError(message);
    }
  };
  return { Module };
}

describe.each([
  ['no WebAssembly', undefined],
  ['WebAssembly without SIMD', refusing('invalid value type')],
  ['a policy that forbids to compile', refusing('Wasm code generation disallowed by embedder')],
])('an engine with %s', (_, webAssembly) => {
  let softpool: typeof import('../index.ts');
  let threads: typeof import('../threads.ts');
  beforeEach(async () => {
    vi.resetModules(); // forget the compiled module
    vi.stubGlobal('WebAssembly', webAssembly);
    softpool = await import('../index.ts');
    threads = await import('../threads.ts');
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test('computes by the definition, forward and backward', () => {
    const y = softpool.softPool2d(x, options);
    expect(y).toEqual(reference.softPool2d(x, options));
    expect(softpool.softPool2dGrad(x, y, { ...options, gradient: 'exact' })).toEqual(
      reference.softPool2dGrad(x, y, { ...options, gradient: 'exact' }),
    );
  });

  test('computes asynchronous calls by the definition too', async () => {
    const pool = await threads.createThreadedSoftPool({ threads: 2 });
    expect(pool.threads).toBe(1);
    const own = pool.allocate(x.shape, 'float32');
    own.data.set(x.data);
    const y = await pool.softPool2d(own, options);
    expect(y).toEqual(reference.softPool2d(x, options));
    pool.free(y);
    expect(() => pool.free(y)).toThrow('free: tensor must be one that was allocated here and not freed yet');
    pool.dispose();
    await expect(pool.softPool2d(own, options)).rejects.toThrow('softpool: the worker threads were disposed');
  });
});

test('setKernels takes the kernels compiled, where they must not be compiled', async () => {
  vi.resetModules();
  const { softPool2d, softPool2dGrad, setKernels } = await import('../index.ts');
  const expected = softPool2d(x, options);
  const gradient = softPool2dGrad(x, expected, options);
  class Module {
    static readonly exports = WebAssembly.Module.exports;
    constructor() {
      throw new Error('compiled');
    }
  }
  vi.resetModules();
  onTestFinished(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });
  vi.stubGlobal('WebAssembly', { Module, Instance: WebAssembly.Instance, Memory: WebAssembly.Memory });
  const worker = await import('../index.ts');
  worker.setKernels(compiled);
  expect(worker.softPool2d(x, options)).toEqual(expected);
  expect(worker.softPool2dGrad(x, expected, options)).toEqual(gradient);
  vi.unstubAllGlobals();
  const refused = 'setKernels: module must be the WebAssembly.Module of softpool/kernels.wasm, received';
  expect(() => setKernels({})).toThrow(new TypeError(`${refused} Object`));
  const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  expect(() => setKernels(empty)).toThrow(new TypeError(`${refused} Module, which has no function scratchBytes`));
});
