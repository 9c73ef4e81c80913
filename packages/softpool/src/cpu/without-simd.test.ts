import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as reference from '../reference.ts';

const x = { data: Float32Array.from({ length: 2 * 3 * 8 * 9 }, (_, i) => 5 * Math.sin(i * 12.9898)), shape: [2, 3, 8, 9] };
const options = { kernelSize: 3, stride: 2, padding: 1, weights: 'shared', beta: 2 } as const;

describe.each([
  ['no WebAssembly', undefined],
  ['WebAssembly without SIMD', { ...WebAssembly, validate: () => false }],
])('an engine with %s', (_, webAssembly) => {
  let softpool: typeof import('../index.ts');
  beforeEach(async () => {
    vi.resetModules(); // forget the compiled module
    vi.stubGlobal('WebAssembly', webAssembly);
    softpool = await import('../index.ts');
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
    const pool = await softpool.createThreadedSoftPool({ threads: 2 });
    expect(pool.threads).toBe(1);
    const own = pool.allocate(x.shape, 'float32');
    own.data.set(x.data);
    const y = await pool.softPool2d(own, options);
    expect(y).toEqual(reference.softPool2d(x, options));
    pool.free(y);
    pool.dispose();
    await expect(pool.softPool2d(own, options)).rejects.toThrow('softpool: the worker threads were disposed');
  });
});
