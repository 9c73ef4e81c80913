/**
 * Tensors whose channels are brought together, in parts: copied from the JavaScript heap, or where
 * they lie in the kernels' memory. They are compared with the same numbers in channelsLast, which
 * the kernels take as they are.
 */
import { expect, onTestFinished, test } from 'vitest';
import { adaptiveSoftPool3d, adaptiveSoftPool3dGrad, softPool1d, softPool1dGrad, softPool2d, softPool2dGrad } from '../index.ts';
import { createMemorySoftPool } from '../memory.ts';
import { createThreadedSoftPool } from '../threads.ts';

const weights = { weights: 'shared', beta: 1.5 } as const;
const exact = { ...weights, gradient: 'exact' } as const;

/** Each is staged in several parts: of 256 KB in a host's memory, of a megabyte on threads. */
const CASES = [
  { name: 'softPool2d', shape: [2, 20, 80, 90], options: { ...weights, kernelSize: 3, stride: 2, padding: 1 } },
  { name: 'softPool2d', shape: [2, 20, 80, 90], options: { ...exact, kernelSize: [2, 5], stride: [2, 3] } },
  { name: 'softPool1d', shape: [2, 7, 30011], options: { ...exact, kernelSize: 5, stride: 3, padding: 2 } },
  { name: 'adaptiveSoftPool3d', shape: [1, 6, 13, 40, 41], options: { ...weights, outputSize: [5, 12, 11] } },
  // Planes this small are brought together whatever their weights.
  { name: 'softPool2d', shape: [3, 256, 7, 7], options: { kernelSize: 3, stride: 2 } },
  { name: 'softPool2d', shape: [1, 500, 8, 8], options: { kernelSize: 2, gradient: 'exact' } },
] as const;
const CALLS = {
  softPool1d: { forward: softPool1d, gradient: softPool1dGrad },
  softPool2d: { forward: softPool2d, gradient: softPool2dGrad },
  adaptiveSoftPool3d: { forward: adaptiveSoftPool3d, gradient: adaptiveSoftPool3dGrad },
};
type Values = Float32Array | Float64Array;
type AnyCall = (...args: unknown[]) => { data: Values; shape: readonly number[] };

function values(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => ((i * 7919 + seed * 104729) % 10007) / 2500 - 2);
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** Moves the channels of each example from its first axis to its last, or back. */
function moved(data: Values, [batch, channels, ...sizes]: readonly number[], to: 'last' | 'first'): Values {
  const [positions, result] = [product(sizes), data.slice()];
  for (let n = 0; n < batch!; n++) {
    for (let c = 0; c < channels!; c++) {
      for (let p = 0; p < positions; p++) {
        const [first, last] = [(n * channels! + c) * positions + p, (n * positions + p) * channels! + c];
        if (to === 'last') result[last] = data[first]!;
        else result[first] = data[last]!;
      }
    }
  }
  return result;
}

/** The first places at which bits differ. A comparison of all would take minutes where many do. */
function differing(actual: Values, expected: Values): number[] {
  if (actual.length !== expected.length) return [Math.min(actual.length, expected.length)];
  const places: number[] = [];
  for (let i = 0; i < actual.length && places.length < 5; i++) if (!Object.is(actual[i], expected[i])) places.push(i);
  return places;
}

/** What a case gives in channelsLast, in the order of channelsFirst. */
function expectedOf({ name, shape, options }: (typeof CASES)[number], x: Values) {
  const [batch, channels, ...sizes] = shape;
  const there = { data: moved(x, shape, 'last'), shape: [batch, ...sizes, channels] };
  const y = (CALLS[name].forward as AnyCall)(there, { ...options, layout: 'channelsLast' });
  const outputShape = [batch, channels, ...y.shape.slice(1, -1)];
  const dy = x.slice(0, product(outputShape)).reverse();
  const dx = (CALLS[name].gradient as AnyCall)(
    there,
    { data: moved(dy, outputShape, 'last'), shape: y.shape },
    { ...options, layout: 'channelsLast' },
  );
  return { outputShape, dy, y: moved(y.data, outputShape, 'first'), dx: moved(dx.data, shape, 'first') };
}

test.each(CASES)("threads, $name of $shape with $options: channelsLast's bits", async (problem) => {
  const { name, shape, options } = problem;
  const pool = await createThreadedSoftPool({ threads: 2 });
  onTestFinished(() => pool.dispose());
  const calls = pool as unknown as Record<string, (...args: unknown[]) => Promise<{ data: Values }>>;
  for (const dtype of ['float32', 'float64'] as const) {
    const numbers = dtype === 'float32' ? values(product(shape), 1) : Float64Array.from(values(product(shape), 2));
    const expected = expectedOf(problem, numbers);
    const [x, dy] = [pool.allocate([...shape], dtype), pool.allocate(expected.outputShape, dtype)];
    x.data.set(numbers as never);
    dy.data.set(expected.dy as never);
    const y = await calls[name]!(x, options);
    const dx = await calls[`${name}Grad`]!(x, dy, options);
    expect(y.data.buffer).toBe(x.data.buffer);
    expect(differing(y.data, expected.y)).toEqual([]);
    expect(differing(dx.data, expected.dx)).toEqual([]);
    expect(differing(x.data, numbers)).toEqual([]);
  }
});

test.each(CASES)("the JavaScript heap, $name of $shape with $options: channelsLast's bits", (problem) => {
  const { name, shape, options } = problem;
  for (const numbers of [values(product(shape), 4), Float64Array.from(values(product(shape), 5))]) {
    const expected = expectedOf(problem, numbers);
    const x = { data: numbers, shape };
    const dy = { data: expected.dy, shape: expected.outputShape };
    expect(differing((CALLS[name].forward as AnyCall)(x, options).data, expected.y)).toEqual([]);
    expect(differing((CALLS[name].gradient as AnyCall)(x, dy, options).data, expected.dx)).toEqual([]);
  }
});

test.each(CASES)("a host's memory, $name of $shape with $options: channelsLast's bits", (problem) => {
  const { shape, options } = problem;
  const memory = new WebAssembly.Memory({ initial: 512 });
  let end = 64;
  const allocate = (bytes: number): number => {
    end += Math.ceil(bytes / 8) * 8;
    return end - Math.ceil(bytes / 8) * 8;
  };
  const kernels = createMemorySoftPool({ memory, allocate, free: () => {} });
  const numbers = values(product(shape), 3);
  const expected = expectedOf(problem, numbers);
  const prepared = kernels.prepare([...shape], { ...options, spatialDims: (shape.length - 2) as 1 | 2 | 3 });
  const at = (length: number) => new Float32Array(memory.buffer, allocate(length * 4), length);
  const [x, y, dy, dx] = [numbers.length, expected.y.length, expected.dy.length, numbers.length].map(at) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  x.set(numbers);
  dy.set(expected.dy);
  prepared.pool(x.byteOffset, y.byteOffset);
  prepared.poolGrad(x.byteOffset, dy.byteOffset, dx.byteOffset);
  expect(differing(y, expected.y)).toEqual([]);
  expect(differing(dx, expected.dx)).toEqual([]);
  expect(differing(x, numbers)).toEqual([]);
});

test('a tensor may end a few bytes before the last address that there is', () => {
  const memory = new WebAssembly.Memory({ initial: 65536, maximum: 65536 });
  let end = 64;
  const allocate = (bytes: number): number => {
    end += Math.ceil(bytes / 8) * 8;
    return end - Math.ceil(bytes / 8) * 8;
  };
  const pool = createMemorySoftPool({ memory, allocate, free: () => {} }).prepare([4, 15], { spatialDims: 1, kernelSize: 2 });
  const x = new Float32Array(memory.buffer, 2 ** 32 - 4 - 4 * 60, 60).fill(1);
  const y = new Float32Array(memory.buffer, allocate(4 * 28), 28);
  pool.pool(x.byteOffset, y.byteOffset);
  expect([...y]).toEqual(Array(28).fill(1));
});

test('wide windows that are far apart leave room for other threads', async () => {
  const pool = await createThreadedSoftPool({ threads: 4 });
  onTestFinished(() => pool.dispose());
  const { data } = await pool.softPool1d({ data: new Float32Array(20000).fill(1), shape: [1, 1, 20000] }, { kernelSize: 5000, stride: 3 });
  expect(new Set(data)).toEqual(new Set([1]));
});
