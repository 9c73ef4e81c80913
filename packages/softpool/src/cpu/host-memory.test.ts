/** What a prepared pooling refuses. That it pools right is in memory.spec.ts. */
import { expect, test, vi } from 'vitest';
import { createMemorySoftPool, type PreparedPool } from '../memory.ts';

/** Memory of 64 KiB whose blocks begin at 1024, and the calls of `free`. */
function openHost() {
  const memory = new WebAssembly.Memory({ initial: 1 });
  let end = 1024;
  const allocate = (bytes: number): number => {
    end += Math.ceil(bytes / 8) * 8;
    return end - Math.ceil(bytes / 8) * 8;
  };
  return { memory, allocate, free: vi.fn<(address: number) => void>() };
}

/** A pooling of 4 elements, 16 bytes, to 1. */
function prepared(host = openHost(), padding = 0): PreparedPool {
  return createMemorySoftPool(host).prepare([1, 4], { spatialDims: 1, kernelSize: 4 + 2 * padding, padding, padMode: 'zeros' });
}

test.each([0, 1])('memory is freed once, and nothing is pooled after that (padding %i)', (padding) => {
  const host = openHost();
  const pool = prepared(host, padding);
  host.free.mockClear();
  pool.dispose();
  expect(host.free).toHaveBeenCalledTimes(1);
  pool.dispose();
  pool[Symbol.dispose]();
  expect(host.free).toHaveBeenCalledTimes(1);
  expect(() => pool.pool(2048, 4096)).toThrow('pool: this pooling was disposed; prepare it again');
  expect(() => pool.poolGrad(2048, 4096, 8192)).toThrow('poolGrad: this pooling was disposed; prepare it again');
});

const X = 'the address of 16 bytes in the memory: a positive multiple of 4, at most 65520';
const Y = 'the address of 4 bytes in the memory: a positive multiple of 4, at most 65532';

test.each([
  [[0, 4096], `x must be ${X}, received 0`],
  [[2048, undefined], `y must be ${Y}, received undefined`],
  [[2050, 4096], `x must be ${X}, received 2050`],
  [[2048, 65534], `y must be ${Y}, received 65534`],
  [[65524, 4096], `x must be ${X}, received 65524`],
  [[2048, 2060], "y must be an address apart from x's 16 bytes at 2048, received 2060"],
])('tensors at %j are refused', (addresses, message) => {
  expect(() => prepared().pool(...(addresses as [number, number]))).toThrow(new RangeError(`pool: ${message}`));
});

test('the gradient may overlap neither x nor dL/dy', () => {
  expect(() => prepared().poolGrad(2048, 4096, 2036)).toThrow(
    "poolGrad: dx must be an address apart from x's 16 bytes at 2048, received 2036",
  );
  expect(() => prepared().poolGrad(2048, 4096, 4084)).toThrow(
    "poolGrad: dx must be an address apart from dy's 4 bytes at 4096, received 4084",
  );
});

test('tensors may touch, and end where the memory ends', () => {
  const host = openHost();
  const pool = prepared(host);
  new Float32Array(host.memory.buffer, 65520, 4).set([2, 2, 2, 2]);
  pool.pool(65520, 65516);
  expect(new Float32Array(host.memory.buffer, 65516, 1)[0]).toBe(2);
});
