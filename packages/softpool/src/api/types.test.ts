/** What the compiler says of the public calls. Checked by `tsc`, which reads the tests, as well as run. */
import { describe, expectTypeOf, test } from 'vitest';
import {
  adaptiveSoftPool2d,
  type FloatArray,
  globalSoftPool,
  globalSoftPoolGrad,
  type PoolGeometry,
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

/** Type-checked, never run. */
const only = (_: () => unknown): void => {};

describe('the result', () => {
  test('keeps the array type of the input', () => {
    expectTypeOf(softPool2d(float32, { kernelSize: 2 })).toEqualTypeOf<Tensor<Float32Array<ArrayBuffer>>>();
    expectTypeOf(softPool2d(float64, { kernelSize: 2 })).toEqualTypeOf<Tensor<Float64Array<ArrayBuffer>>>();
    expectTypeOf(softPool2d(bits, { kernelSize: 2 })).toEqualTypeOf<Tensor<Uint16Array<ArrayBuffer>>>();
    expectTypeOf(globalSoftPool(float64)).toEqualTypeOf<Tensor<Float64Array<ArrayBuffer>>>();
    expectTypeOf(adaptiveSoftPool2d(float64, { outputSize: [2, 1] })).toEqualTypeOf<Tensor<Float64Array<ArrayBuffer>>>();
    expectTypeOf(softPool2dGrad(float32, softPool2d(float32, { kernelSize: 2 }), { kernelSize: 2 }).data).toExtend<Float32Array>();
    expectTypeOf<typeof softPool3d<FloatArray>>().returns.toEqualTypeOf<Tensor>();
  });

  test('of poolGeometry is the geometry', () => {
    expectTypeOf(poolGeometry([1, 4], { spatialDims: 1, kernelSize: 2 })).toEqualTypeOf<PoolGeometry>();
    expectTypeOf(poolGeometry([1, 4], { spatialDims: 1, outputSize: 2 }).axes[0]?.start).toEqualTypeOf<Int32Array | undefined>();
  });
});

describe('an option', () => {
  test('can be readonly, and can be undefined where it can be left out', () => {
    expectTypeOf(softPool1d(readonly, { kernelSize: [2] } as const).data).toExtend<Float32Array>();
    expectTypeOf(
      softPool1d(readonly, { kernelSize: 2, stride: undefined, padding: undefined, beta: undefined }).data,
    ).toExtend<Float32Array>();
    expectTypeOf(softPool2d(float32, { kernelSize: 2, padding: [1, [0, 1]] } as const).data).toExtend<Float32Array>();
  });

  test('that is wrong does not compile', () => {
    // @ts-expect-error: kernelSize is required
    only(() => softPool2d(float32, {}));
    // @ts-expect-error: options are required
    only(() => softPool2d(float32));
    // @ts-expect-error: a misspelt option
    only(() => softPool2d(float32, { kernelSize: 2, strides: 2 }));
    // @ts-expect-error: not a number
    only(() => softPool2d(float32, { kernelSize: '2' }));
    // @ts-expect-error: TensorFlow's spelling
    only(() => softPool2d(float32, { kernelSize: 2, padding: 'SAME' }));
    // @ts-expect-error: not a layout
    only(() => softPool2d(float32, { kernelSize: 2, layout: 'NCHW' }));
    // @ts-expect-error: not a kind of weights
    only(() => softPool2d(float32, { kernelSize: 2, weights: 'softmax' }));
    // @ts-expect-error: the forward pass has no gradient to choose
    only(() => softPool2d(float32, { kernelSize: 2, gradient: 'exact' }));
    // @ts-expect-error: an adaptive window has no kernel size
    only(() => adaptiveSoftPool2d(float32, { outputSize: 2, kernelSize: 2 }));
    // @ts-expect-error: a global window has none either
    only(() => globalSoftPool(float32, { kernelSize: 2 }));
    // @ts-expect-error: spatialDims is required, a shape alone does not tell
    only(() => poolGeometry([1, 4], { kernelSize: 2 }));
    // @ts-expect-error: there is no 4-D pooling
    only(() => poolGeometry([1, 4], { spatialDims: 4, kernelSize: 2 }));
  });
});

describe('a tensor', () => {
  test('that is wrong does not compile', () => {
    // @ts-expect-error: a plain array is no tensor
    only(() => softPool2d([1, 2, 3, 4], { kernelSize: 2 }));
    // @ts-expect-error: integers are not pooled
    only(() => softPool2d({ data: new Int32Array(4), shape: [1, 2, 2] }, { kernelSize: 2 }));
    // @ts-expect-error: no shape
    only(() => softPool2d({ data: new Float32Array(4) }, { kernelSize: 2 }));
    // @ts-expect-error: not a type of element
    only(() => softPool2d({ ...bits, dtype: 'half' }, { kernelSize: 2 }));
    // @ts-expect-error: dL/dy is of the type of x
    only(() => softPool2dGrad(float32, float64, { kernelSize: 2 }));
    // @ts-expect-error: dL/dy is required
    only(() => globalSoftPoolGrad(float32));
  });
});
