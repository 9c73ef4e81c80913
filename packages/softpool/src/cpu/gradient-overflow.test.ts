/**
 * Three windows of 3 share the middle input, which has all weight. With dL/dy = M, M, −M its
 * gradient is M, though M + M overflows. The other plane has only the smallest numbers.
 */
import { expect, test } from 'vitest';
import { softPool1dGrad, softPool2dGrad } from '../index.ts';
import { createMemorySoftPool } from '../memory.ts';
import * as reference from '../reference.ts';
import { createThreadedSoftPool } from '../threads.ts';
import { type PoolGrad, withoutOverflow } from './gradient-overflow.ts';
import * as fields from './kernels/problem-fields.ts';

const TYPES = [
  ['float32', Float32Array, 3.4028234663852886e38, 2 ** -149],
  ['float64', Float64Array, Number.MAX_VALUE, 2 ** -1074],
] as const;

const options = { kernelSize: 3, stride: 1 } as const;
const x = [-1e30, -1e30, 0, -1e30, -1e30];

function check(dx: ArrayLike<number>, largest: number, least: number): void {
  expect([dx[2], dx[7]]).toEqual([largest, 3 * least]);
  expect(Array.from(dx).every(Number.isFinite)).toBe(true);
}

test.each(TYPES)('sums of gradients that cancel do not overflow (%s)', async (_, Numbers, largest, least) => {
  const dy = { data: Numbers.of(largest, largest, -largest, least, least, least), shape: [2, 3] };
  const threads = await createThreadedSoftPool({ threads: 2 });
  for (const gradient of ['weights', 'exact'] as const) {
    for (const calls of [{ softPool1dGrad }, reference, threads]) {
      const { data } = await calls.softPool1dGrad({ data: Numbers.from([...x, ...x]), shape: [2, 5] }, dy, { ...options, gradient });
      check(data, largest, least);
    }
    const [there, dyThere] = [
      threads.allocate([2, 5], Numbers === Float32Array ? 'float32' : 'float64'),
      threads.allocate([2, 3], Numbers === Float32Array ? 'float32' : 'float64'),
    ];
    there.data.set([...x, ...x]);
    dyThere.data.set(dy.data);
    check((await threads.softPool1dGrad(there, dyThere, { ...options, gradient })).data, largest, least);
  }
  threads.dispose();
});

test.each([
  ['float32, cut along the height', Float32Array, 'softPool2dGrad', [1, 2048, 1024], [1, 1023, 511], { kernelSize: 3, stride: 2 }],
  ['float64, cut along the height', Float64Array, 'softPool2dGrad', [1, 1024, 1024], [1, 512, 512], { kernelSize: 2 }],
  ['float64, cut along the width', Float64Array, 'softPool1dGrad', [1, 800_000], [1, 400_000], { kernelSize: 2 }],
] as const)('large gradients in tensors that are staged in parts: %s', async (_, Numbers, name, shape, shapeOfY, windows) => {
  const size = (axes: readonly number[]) => axes.reduce((product, axis) => product * axis, 1);
  const signal = (length: number) => new Numbers(length).map((__, i) => Math.sin(i * i * 0.7));
  const input = { data: signal(size(shape)), shape };
  const dy = signal(size(shapeOfY));
  for (const at of [0, dy.length >> 1, dy.length - 1]) dy[at] = 2 ** 101;
  const threads = await createThreadedSoftPool({ threads: 3 });
  for (const gradient of ['weights', 'exact'] as const) {
    // A power of two changes no bit but those of exponents.
    const small = { data: dy.map((value) => value * 2 ** -64), shape: shapeOfY };
    const expected = { softPool1dGrad, softPool2dGrad }[name](input, small, { ...windows, gradient }).data.map((value) => value * 2 ** 64);
    for (const calls of [{ softPool1dGrad, softPool2dGrad }, threads]) {
      const { data } = await calls[name](input, { data: dy, shape: shapeOfY }, { ...windows, gradient });
      expect(Buffer.compare(Buffer.from(data.buffer, data.byteOffset, data.byteLength), Buffer.from(expected.buffer))).toBe(0);
    }
  }
  threads.dispose();
});

test("nor in a host's memory", () => {
  const memory = new WebAssembly.Memory({ initial: 4 });
  let end = 1024;
  const allocate = (bytes: number): number => {
    end += Math.ceil(bytes / 8) * 8;
    return end - Math.ceil(bytes / 8) * 8;
  };
  const [, , largest, least] = TYPES[0];
  const prepared = createMemorySoftPool({ memory, allocate, free: () => {} }).prepare([2, 5], { spatialDims: 1, ...options });
  const [at, dy, dx] = [allocate(40), allocate(24), allocate(40)];
  new Float32Array(memory.buffer, at, 10).set([...x, ...x]);
  new Float32Array(memory.buffer, dy, 6).set([largest, largest, -largest, least, least, least]);
  prepared.poolGrad(at, dy, dx);
  check(new Float32Array(memory.buffer, dx, 10), largest, least);
});

test('memory above 2 GiB, whose addresses are negative 32-bit numbers on the board of threads', () => {
  const memory = new WebAssembly.Memory({ initial: 2 ** 15 + 1 }); // the pages are not touched
  const [problem, dx] = [2 ** 31 + 1024, 2 ** 31 + 4096];
  const view = new DataView(memory.buffer);
  for (const field of [fields.DEPTH, fields.HEIGHT, fields.INNER]) view.setInt32(problem + field, 1, true);
  view.setInt32(problem + fields.WIDTH, 2, true);
  view.setInt32(problem + fields.ELEMENT, 4, true);
  const result = new Float32Array(memory.buffer, dx, 2);
  const poolGrad: PoolGrad = (_problem, _x, _dy, _dx, _outer, _axis, _low, _high, scale) => {
    result.set(scale === 1 ? [Number.POSITIVE_INFINITY, 3] : [scale * 2 ** 100, scale * 3]);
    return 1;
  };
  withoutOverflow(poolGrad, memory)(problem | 0, 0, 0, dx | 0, 1, 0, 0, 1);
  expect([...result]).toEqual([2 ** 100, 3]);
});
