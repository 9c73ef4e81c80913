/** Padding that counts as zeros, compared with the same call on a tensor that has these zeros. */
import fc from 'fast-check';
import type { PoolGeometry, PoolOptions } from 'softpool/internal';
import { product } from 'softpool/internal';
import { test } from 'vitest';
import { type Backend, type Call, geometryOf, pool, poolGrad } from './backend.ts';
import { dtypeOfTensor, expectAlike, expectForm, numbersOf } from './expect.ts';
import { makeTensor, operatorOf, type Part, type Problem, problems } from './problems.ts';
import { forwardBounds, gradientBounds } from './tolerances.ts';

export function specifyCountedZeros(backend: () => Backend, part: Part, runs: number): void {
  test("with padMode 'zeros' is that of an input with zeros around it", { tags: 'sampled' }, async () => {
    const padded = problems(part).filter(({ call, geometry }) => call.kind === 'pool' && geometry.axes.some(isPadded));
    await fc.assert(
      fc.asyncProperty(padded, (problem) => hasZeros(backend(), part, problem)),
      { numRuns: runs },
    );
  });
}

function isPadded({ padding: [before, after] }: PoolGeometry['axes'][number]): boolean {
  return before + after > 0;
}

async function hasZeros(backend: Backend, { storage }: Part, { call, geometry, x, dy }: Problem): Promise<void> {
  const options = { ...call.options, ceilMode: false } as PoolOptions;
  const around = geometry.axes.map(({ padding }) => padding);
  const counted: Call = { kind: 'pool', dims: call.dims, options: { ...options, padding: around, padMode: 'zeros' } };
  const plain: Call = { kind: 'pool', dims: call.dims, options: { ...options, padding: 'valid' } };
  const places = positionsAmongZeros(x.shape, geometry, around);
  const framedValues = new Float64Array(places.size);
  Array.from(numbersOf(x)).forEach((value, i) => {
    framedValues[places.of[i] as number] = value;
  });
  const framed = makeTensor(storage, places.shape, framedValues);
  const inner = geometryOf(plain, places.shape);
  // Without ceil mode the window may be larger than the padded input.
  if (inner === undefined) return;
  const dtype = dtypeOfTensor(x);
  const given = numbersOf(dy);
  const y = await pool(backend, counted, x);
  expectForm('y', y, x, inner.outputShape);
  const bounds = forwardBounds(numbersOf(framed), inner, operatorOf(call, 'weights'), dtype);
  expectAlike('y', y, await pool(backend, plain, framed), bounds.tolerance);
  const length = product(inner.outputShape);
  const g = makeTensor(
    storage,
    inner.outputShape,
    Float64Array.from({ length }, (_, i) => given[i % given.length] as number),
  );
  for (const gradient of ['weights', 'exact'] as const) {
    const whole = numbersOf(await poolGrad(backend, plain, framed, g, gradient));
    const { tolerance } = gradientBounds(numbersOf(framed), numbersOf(g), inner, operatorOf(call, gradient), dtype);
    const dx = await poolGrad(backend, counted, x, g, gradient);
    const cropped = makeTensor(
      storage,
      x.shape,
      Float64Array.from(places.of, (at) => whole[at] as number),
    );
    expectForm('dx', dx, x, x.shape);
    expectAlike(
      `dx (${gradient})`,
      dx,
      cropped,
      places.of.map((at) => tolerance[at] as number),
    );
  }
}

/** Where each element of a tensor is in the tensor with zeros around its spatial axes. */
function positionsAmongZeros(
  shape: readonly number[],
  { layout, spatialDims }: PoolGeometry,
  around: readonly (readonly [number, number])[],
): { shape: number[]; size: number; of: number[] } {
  const first = shape.length - spatialDims - (layout === 'channelsFirst' ? 0 : 1);
  const pads = shape.map((_, axis) => around[axis - first] ?? ([0, 0] as const));
  const padded = shape.map((size, axis) => size + (pads[axis]?.[0] ?? 0) + (pads[axis]?.[1] ?? 0));
  const size = product(padded);
  const of = Array.from({ length: product(shape) }, (_, i) => {
    let [rest, position, step] = [i, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const length = shape[axis] as number;
      position += ((rest % length) + (pads[axis]?.[0] ?? 0)) * step;
      step *= padded[axis] as number;
      rest = Math.floor(rest / length);
    }
    return position;
  });
  return { shape: padded, size, of };
}
