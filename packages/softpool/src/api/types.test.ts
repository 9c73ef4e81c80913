/** The types of the public calls. `tsc` checks them, and the tests also run. */
import { describe, expectTypeOf, test } from 'vitest';
import {
  adaptiveSoftPool2d,
  type FloatArray,
  globalSoftPool,
  globalSoftPoolGrad,
  type PoolGeometry,
  type PoolGeometryOptions,
  poolGeometry,
  softPool1d,
  softPool2d,
  softPool2dGrad,
  type softPool3d,
  type Tensor,
} from '../index.ts';

const float32 = { data: new Float32Array(16), shape: [1, 1, 4, 4] };
const float64 = { data: new Float64Array(16), shape: [1, 1, 4, 4] };
const bits = { data: new Uint16Array(16), shape: [1, 1, 4, 4], dtype: 'float16' } as const;
const readonly = { data: new Float32Array(2), shape: [1, 2] } as const;

/** Type-checks a call without running it. */
const only = (_: (...args: never[]) => unknown): void => {};

describe('the result', () => {
  test('keeps the array type of the input', () => {
    expectTypeOf(softPool2d(float32, { kernelSize: 2 })).toEqualTypeOf<Tensor<Float32Array<ArrayBuffer>>>();
    expectTypeOf(softPool2d(float64, { kernelSize: 2 })).toEqualTypeOf<Tensor<Float64Array<ArrayBuffer>>>();
    expectTypeOf(softPool2d(bits, { kernelSize: 2 })).toEqualTypeOf<Tensor<Uint16Array<ArrayBuffer>>>();
    expectTypeOf(globalSoftPool(float64)).toEqualTypeOf<Tensor<Float64Array<ArrayBuffer>>>();
    expectTypeOf(adaptiveSoftPool2d(float64, { outputSize: [2, 1] })).toEqualTypeOf<Tensor<Float64Array<ArrayBuffer>>>();
    expectTypeOf(softPool2dGrad(float32, softPool2d(float32, { kernelSize: 2 }), { kernelSize: 2 }).data).toExtend<Float32Array>();
    expectTypeOf(softPool2d({ data: new Float32Array(16), dims: [1, 1, 4, 4] }, { kernelSize: 2 }).shape).toEqualTypeOf<
      readonly number[]
    >();
    expectTypeOf<typeof softPool3d<FloatArray>>().returns.toEqualTypeOf<Tensor>();
  });

  test('of poolGeometry is a geometry', () => {
    expectTypeOf(poolGeometry([1, 4], { spatialDims: 1, kernelSize: 2 })).toEqualTypeOf<PoolGeometry>();
    expectTypeOf(poolGeometry([1, 4], { spatialDims: 1, outputSize: 2 }).axes[0]?.start).toEqualTypeOf<Int32Array | undefined>();
  });
});

describe('an option', () => {
  test('may be readonly, and may be undefined if it is optional', () => {
    expectTypeOf(softPool1d(readonly, { kernelSize: [2] } as const).data).toExtend<Float32Array>();
    expectTypeOf(
      softPool1d(readonly, { kernelSize: 2, stride: undefined, padding: undefined, beta: undefined }).data,
    ).toExtend<Float32Array>();
    expectTypeOf(softPool2d(float32, { kernelSize: 2, padding: [1, [0, 1]] } as const).data).toExtend<Float32Array>();
  });

  test('of a wrong type does not compile', () => {
    // @ts-expect-error: kernelSize is required
    only(() => softPool2d(float32, {}));
    // @ts-expect-error: options are required
    only(() => softPool2d(float32));
    // @ts-expect-error: a misspelled option
    only(() => softPool2d(float32, { kernelSize: 2, strides: 2 }));
    // @ts-expect-error: not a number
    only(() => softPool2d(float32, { kernelSize: '2' }));
    // @ts-expect-error: TensorFlow's spelling
    only(() => softPool2d(float32, { kernelSize: 2, padding: 'SAME' }));
    // @ts-expect-error: not a layout
    only(() => softPool2d(float32, { kernelSize: 2, layout: 'NCHW' }));
    // @ts-expect-error: not a kind of weights
    only(() => softPool2d(float32, { kernelSize: 2, weights: 'softmax' }));
    // @ts-expect-error: only gradients have this option
    only(() => softPool2d(float32, { kernelSize: 2, gradient: 'exact' }));
    // @ts-expect-error: an adaptive window has no kernel size
    only(() => adaptiveSoftPool2d(float32, { outputSize: 2, kernelSize: 2 }));
    // @ts-expect-error: nor has a global window
    only(() => globalSoftPool(float32, { kernelSize: 2 }));
    // @ts-expect-error: spatialDims is required, a shape does not determine it
    only(() => poolGeometry([1, 4], { kernelSize: 2 }));
    // @ts-expect-error: a window of another number of axes
    only(() => softPool2d(float32, { kernelSize: [2, 2, 2] }));
    // @ts-expect-error: likewise
    only(() => softPool2d(float32, { kernelSize: 2, padding: [1] }));
    // @ts-expect-error: a result of another type
    only(() => softPool2d(float32, { kernelSize: 2, into: float64 }));
    // @ts-expect-error: a call that does not wait cannot be stopped
    only(() => softPool2d(float32, { kernelSize: 2, signal: new AbortController().signal }));
    // @ts-expect-error: pooling has at most 3 axes
    only(() => poolGeometry([1, 4], { spatialDims: 4, kernelSize: 2 }));
    // @ts-expect-error: a window of another number of axes
    only(() => poolGeometry([1, 4, 4], { spatialDims: 2, kernelSize: [2, 2, 2] }));
    // @ts-expect-error: likewise
    only(() => poolGeometry([1, 4, 4], { spatialDims: 2, outputSize: [2] }));
  });

  test('for a number of axes that is not known takes lists of any length', () => {
    only((spatialDims: 1 | 2 | 3, kernelSize: number[]) => poolGeometry([1, 4, 4], { spatialDims, kernelSize }));
    only((options: PoolGeometryOptions) => poolGeometry([1, 4, 4], options));
  });
});

describe('a tensor', () => {
  test('of a wrong type does not compile', () => {
    // @ts-expect-error: a plain array is not a tensor
    only(() => softPool2d([1, 2, 3, 4], { kernelSize: 2 }));
    // @ts-expect-error: integers are not pooled
    only(() => softPool2d({ data: new Int32Array(4), shape: [1, 2, 2] }, { kernelSize: 2 }));
    // @ts-expect-error: no shape
    only(() => softPool2d({ data: new Float32Array(4) }, { kernelSize: 2 }));
    // @ts-expect-error: not a type of element
    only(() => softPool2d({ ...bits, dtype: 'half' }, { kernelSize: 2 }));
    // @ts-expect-error: dL/dy must have the type of x
    only(() => softPool2dGrad(float32, float64, { kernelSize: 2 }));
    // @ts-expect-error: dL/dy is required
    only(() => globalSoftPoolGrad(float32));
  });
});
