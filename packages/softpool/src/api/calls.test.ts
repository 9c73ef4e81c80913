import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import * as softpool from '../index.ts';
import * as reference from '../reference.ts';
import type { Tensor } from './tensor.ts';

/** Calls as JavaScript makes them, with any arguments. */
const { softPool1d, softPool2d, softPool2dGrad, softPool3d, globalSoftPool, globalSoftPoolGrad, adaptiveSoftPool2d } =
  softpool as unknown as Record<string, (...args: unknown[]) => Tensor> as Record<keyof typeof softpool, (...args: unknown[]) => Tensor>;

const x = { data: new Float32Array(2 * 3 * 4 * 6), shape: [2, 3, 4, 6] };
const options = { kernelSize: 2 };

describe('an invalid tensor is refused', () => {
  test.each([
    [null, 'x must be a tensor { data, shape }, received null'],
    [undefined, 'x must be a tensor { data, shape }, received undefined'],
    [7, 'x must be a tensor { data, shape }, received 7'],
    [() => x, 'x must be a tensor { data, shape }, received function'],
    [Promise.resolve(x), 'x must be a tensor { data, shape }, received Promise'],
    [new Float32Array(4), 'x must be a tensor { data, shape }, received Float32Array'],
    [[[0, 1]], 'x must be a tensor { data, shape }, received [[0, 1]]'],
    [{ shape: [1, 1, 2, 2] }, 'x must be a tensor { data, shape }, received Object'],
    [
      { ...x, data: [1, 2] },
      'x.data must be a Float32Array, Float64Array, Float16Array, or a Uint16Array of float16 bits, received [1, 2]',
    ],
    [{ ...x, data: new Int16Array(144) }, /x\.data must be .*, received Int16Array$/],
    [{ ...x, data: new BigInt64Array(144) }, /x\.data must be .*, received BigInt64Array$/],
    [{ ...x, data: new DataView(new ArrayBuffer(576)) }, /x\.data must be .*, received DataView$/],
    [{ ...x, data: new ArrayBuffer(576) }, /x\.data must be .*, received ArrayBuffer$/],
    [{ ...x, data: { length: 144, [Symbol.toStringTag]: 'Float32Array' } }, /x\.data must be .*, received Object$/],
    [{ ...x, data: new Uint16Array(144) }, /received Uint16Array \(for float16 bits give dtype: 'float16' as well\)$/],
    [{ ...x, data: new Uint16Array(144), dtype: 'half' }, /received Uint16Array \(for float16 bits give dtype: 'float16' as well\)$/],
    [{ ...x, dtype: 'float16' }, "x.dtype must be 'float32' as its data is, received 'float16'"],
    [{ ...x, dtype: null }, "x.dtype must be 'float32' as its data is, received null"],
    [{ ...x, shape: null }, 'x.shape must be an array of positive integers, received null'],
    [{ ...x, shape: '2,3,4,6' }, "x.shape must be an array of positive integers, received '2,3,4,6'"],
    [{ ...x, shape: Int32Array.of(2, 3, 4, 6) }, 'x.shape must be an array of positive integers, received Int32Array'],
  ])('%o', (tensor, message) => {
    expect(() => softPool2d(tensor, options)).toThrow(TypeError);
    expect(() => softPool2d(tensor, options)).toThrow(message);
  });

  test.each([
    [[2, 3, 4, 5], 144, 'x.data.length must be 120 for the shape [2, 3, 4, 5], received 144'],
    [[2, 3, 4, 6], 0, 'x.data.length must be 144 for the shape [2, 3, 4, 6], received 0'],
    [[0, 4, 6], 0, 'x.shape[0] must be a positive integer, received 0: only a batch may be empty'],
    [[0, 3, 4, 6], 144, 'x.data.length must be 0 for the shape [0, 3, 4, 6], received 144'],
    [[2, 0, 4, 6], 0, 'x.shape[1] must be a positive integer, received 0'],
    [[2, 3, 4, 0], 0, 'x.shape[3] must be a positive integer, received 0'],
    [[-2, -3, 4, 6], 144, 'x.shape[0] must be a positive integer, received -2'],
    [[2, 3, 4.5, 6], 162, 'x.shape[2] must be a positive integer, received 4.5'],
    [[2, 3, '4', 6], 144, "x.shape[2] must be a positive integer, received '4'"],
    [[2, 3, 4n, 6], 144, 'x.shape[2] must be a positive integer, received 4n'],
    [Object.assign([2, 3, 4], { length: 4 }), 24, 'x.shape[3] must be a positive integer, received undefined'],
    [[2 ** 53, 1, 1, 1], 1, 'x.shape[0] must be a positive integer, received 9007199254740992'],
    [[2 ** 40, 2 ** 40, 1, 1], 0, /^softPool2d: x\.data\.length must be 1\.2089258196146292e\+24 for/],
    [[144], 144, 'x.shape must be [N, C, H, W] or [C, H, W], received [144]'],
    [[], 1, 'x.shape must be [N, C, H, W] or [C, H, W], received []'],
    [[2, 3, 4, 3, 2], 144, 'x.shape must be [N, C, H, W] or [C, H, W], received [2, 3, 4, 3, 2]'],
  ])('shape %o of %i elements', (shape, length, message) => {
    const tensor = { data: new Float32Array(length), shape };
    expect(() => softPool2d(tensor, options)).toThrow(RangeError);
    expect(() => softPool2d(tensor, options)).toThrow(message);
  });

  test('when its memory was transferred', () => {
    const data = new Float32Array(144);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    expect(() => softPool2d({ data, shape: x.shape }, options)).toThrow(
      'softPool2d: x.data.length must be 144 for the shape [2, 3, 4, 6], received 0',
    );
  });
});

describe('invalid options are refused', () => {
  test.each([
    [undefined, 'softPool2d: options must be an object, received undefined'],
    [null, 'softPool2d: options must be an object, received null'],
    [2, 'softPool2d: options must be an object, received 2'],
    ['2', "softPool2d: options must be an object, received '2'"],
  ])('%o', (given, message) => {
    expect(() => softPool2d(x, given)).toThrow(new TypeError(message));
  });

  test('null is refused where options may be omitted', () => {
    expect(() => globalSoftPool(x, null)).toThrow(new TypeError('globalSoftPool: options must be an object, received null'));
    expect(globalSoftPool(x).shape).toEqual([2, 3, 1, 1]);
  });

  test.each([
    [{ beta: Number.NaN }, 'options.beta must be a finite number ≥ 0, received NaN'],
    [{ beta: Number.POSITIVE_INFINITY }, 'options.beta must be a finite number ≥ 0, received Infinity'],
    [{ beta: -1 }, 'options.beta must be a finite number ≥ 0, received -1'],
    [{ beta: '1' }, "options.beta must be a finite number ≥ 0, received '1'"],
    [{ beta: 1n }, 'options.beta must be a finite number ≥ 0, received 1n'],
    [{ beta: null }, 'options.beta must be a finite number ≥ 0, received null'],
    [{ weights: 'perchannel' }, "options.weights must be 'perChannel' or 'shared', received 'perchannel'"],
    [{ weights: null }, "options.weights must be 'perChannel' or 'shared', received null"],
    [{ gradient: true }, "options.gradient must be 'weights' or 'exact', received true"],
  ])('%o', (given, message) => {
    expect(() => softPool2d(x, { ...options, ...given })).toThrow(`softPool2d: ${message}`);
    expect(() => adaptiveSoftPool2d(x, { outputSize: 2, ...given })).toThrow(`adaptiveSoftPool2d: ${message}`);
    expect(() => globalSoftPool(x, given)).toThrow(`globalSoftPool: ${message}`);
  });

  test('the error names the call and the options it takes', () => {
    expect(() => softPool1d(x, options)).toThrow('softPool1d: x.shape must be [N, C, L] or [C, L], received [2, 3, 4, 6]');
    expect(() => softPool3d({ data: new Float32Array(4), shape: [4] }, { ...options, layout: 'channelsLast' })).toThrow(
      'softPool3d: x.shape must be [N, D, H, W, C] or [D, H, W, C], received [4]',
    );
    expect(() => adaptiveSoftPool2d(x, { outputSize: 2, kernelSize: 2 })).toThrow(
      'adaptiveSoftPool2d: options.kernelSize is not an option of this call; it takes outputSize, layout, weights, beta, gradient, into',
    );
    expect(() => globalSoftPool(x, { kernelSize: 2 })).toThrow(
      'globalSoftPool: options.kernelSize is not an option of this call; it takes spatialDims, keepDims, layout, weights, beta, gradient, mask, into',
    );
    expect(() => globalSoftPool(x, { keepDims: 1 })).toThrow('globalSoftPool: options.keepDims must be true or false, received 1');
    expect(() => globalSoftPool(x, { spatialDims: 1 })).toThrow('globalSoftPool: x.shape must be');
  });

  test('globalSoftPool pools tensors of any rank from 2 to 5, and refuses others', () => {
    const of = (...shape: number[]) => ({ data: new Float32Array(shape.reduce((a, b) => a * b, 1)), shape });
    expect(globalSoftPool(of(3, 4)).shape).toEqual([3, 1]);
    expect(globalSoftPool(of(2, 3, 4)).shape).toEqual([2, 3, 1]);
    expect(globalSoftPool(of(2, 3, 4, 5, 6)).shape).toEqual([2, 3, 1, 1, 1]);
    expect(globalSoftPool(of(2, 3, 4, 5), { keepDims: false }).shape).toEqual([2, 3]);
    expect(globalSoftPool(of(3, 4, 5), { keepDims: false, spatialDims: 2 }).shape).toEqual([3]);
    expect(globalSoftPool(of(4, 5, 3), { spatialDims: 2, layout: 'channelsLast' }).shape).toEqual([1, 1, 3]);
    expect(() => globalSoftPool(of(4))).toThrow('globalSoftPool: x.shape must be [N, C, L] or [C, L], received [4]');
    expect(() => globalSoftPool(of(1, 1, 1, 1, 1, 1))).toThrow(
      'globalSoftPool: x.shape must be [N, C, D, H, W] or [C, D, H, W], received [1, 1,',
    );
  });
});

describe("the output's gradient", () => {
  const dy = { data: new Float32Array(2 * 3 * 2 * 3), shape: [2, 3, 2, 3] };

  test.each([
    [undefined, TypeError, 'dy must be a tensor { data, shape }, received undefined'],
    [null, TypeError, 'dy must be a tensor { data, shape }, received null'],
    [{ ...dy, data: new Float64Array(36) }, TypeError, "dy must be 'float32' as x is, received 'float64'"],
    [{ ...dy, data: new Uint16Array(36), dtype: 'float16' }, TypeError, "dy must be 'float32' as x is, received 'float16'"],
    [{ ...dy, data: new Uint16Array(36) }, TypeError, /dy\.data must be .* received Uint16Array/],
    [x, RangeError, "dy.shape must be the output's shape [2, 3, 2, 3], received [2, 3, 4, 6]"],
    [{ ...dy, shape: [6, 2, 3] }, RangeError, "dy.shape must be the output's shape [2, 3, 2, 3], received [6, 2, 3]"],
    [{ ...dy, shape: [2, 3, 3, 2] }, RangeError, "dy.shape must be the output's shape [2, 3, 2, 3], received [2, 3, 3, 2]"],
    [{ ...dy, shape: [2, 3, 2, 2] }, RangeError, 'dy.data.length must be 24 for the shape [2, 3, 2, 2], received 36'],
  ])('cannot be %o', (given, kind, message) => {
    expect(() => softPool2dGrad(x, given, options)).toThrow(kind);
    expect(() => softPool2dGrad(x, given, options)).toThrow(message);
  });

  test('of globalSoftPool has the shape of its output, with or without the spatial axes', () => {
    const pooled = { data: new Float32Array(6).fill(24), shape: [2, 3] };
    const dx = globalSoftPoolGrad(x, pooled, { keepDims: false });
    expect(dx.shape).toEqual(x.shape);
    for (const value of dx.data) expect(value).toBeCloseTo(1, 6);
    expect(() => globalSoftPoolGrad(x, pooled)).toThrow(
      "globalSoftPoolGrad: dy.shape must be the output's shape [2, 3, 1, 1], received [2, 3]",
    );
  });
});

describe('an unusual tensor is accepted', () => {
  test('of a subclass, which the result belongs to as well', () => {
    class Samples extends Float32Array {}
    const { data } = softPool2d({ data: new Samples(4).fill(2), shape: [1, 2, 2] }, options);
    expect(data).toBeInstanceOf(Samples);
    expect(Array.from(data)).toEqual([2]);
  });

  test('of another realm, such as a frame, a vm context or a test environment', () => {
    for (const [kind, dtype] of [['Float32Array'], ['Float64Array'], ['Uint16Array', 'float16']]) {
      // as float16 bits: 1
      const data = runInNewContext(`new ${kind}([15360, 15360, 15360, 15360])`);
      const y = softPool2d({ data, shape: [1, 2, 2], ...(dtype && { dtype }) }, options);
      expect(Array.from(y.data)).toEqual([15360]);
    }
    expect(
      softPool1d({ data: new Float32Array(2), shape: runInNewContext('[1, 2]') }, runInNewContext('({ kernelSize: [2] })')).shape,
    ).toEqual([1, 1]);
  });

  test('when it is frozen', () => {
    const frozen = Object.freeze({ data: new Float32Array([1, 1]), shape: Object.freeze([1, 2]) });
    expect(softPool1d(frozen, Object.freeze({ kernelSize: Object.freeze([2]) })).shape).toEqual([1, 1]);
  });

  test('in shared memory', () => {
    const data = new Float32Array(new SharedArrayBuffer(16)).fill(3);
    const y = softPool2d({ data, shape: [1, 2, 2] }, options);
    expect(Array.from(y.data)).toEqual([3]);
    expect(y.data.buffer).not.toBe(data.buffer);
  });

  test('and its gradient has a new shape array', () => {
    const shape = [1, 2, 2];
    const dx = softPool2dGrad({ data: new Float32Array(4), shape }, { data: new Float32Array(1), shape: [1, 1, 1] }, options);
    expect(dx.shape).toEqual(shape);
    expect(dx.shape).not.toBe(shape);
  });
});

describe('a view', () => {
  const data = Float32Array.of(0, 1, 2, 3);

  test('that is not contiguous is refused', () => {
    for (const view of [
      { data, shape: [1, 2, 2], stride: [4, 1, 2], offset: 0 }, // an ndarray, transposed
      { data, shape: [1, 2, 2], strides: [4, -2, 1] },
      { data, shape: [1, 1, 2], stride: [4, 2, 1], offset: 2 },
    ]) {
      expect(() => softPool2d(view, { kernelSize: 1 })).toThrow(
        /^softPool2d: x must be contiguous, in row-major order, received \[4, .* as offset: copy it first$/,
      );
    }
  });

  test('that is contiguous is pooled', () => {
    // No step is made along an axis of 1.
    const ndarray = { data, shape: [1, 2, 2], stride: [7, 2, 1], offset: 0 };
    expect(softPool2d(ndarray, { kernelSize: [1, 2] })).toEqual(softPool2d({ data, shape: [1, 2, 2] }, { kernelSize: [1, 2] }));
  });

  test('may have its shape as dims, as in ONNX Runtime', () => {
    const { data: y, ...rest } = softPool2d({ data, dims: [1, 2, 2], type: 'float32' }, { kernelSize: [1, 2] });
    // (0 + e) / (1 + e), and 2 more
    expect(Array.from(y)).toEqual([expect.closeTo(Math.E / (1 + Math.E), 6), expect.closeTo(2 + Math.E / (1 + Math.E), 6)]);
    expect(rest).toEqual({ shape: [1, 2, 1] });
    expect(() => softPool2d({ data, dims: [1, 2, 3] }, options)).toThrow('x.data.length must be 6 for the shape [1, 2, 3], received 4');
  });
});

describe('a result', () => {
  const y = softPool2d(x, options);
  const dy = { data: Float32Array.from(y.data, (_, i) => i), shape: y.shape };

  test('goes into a given tensor, which the call returns', () => {
    const into = { data: new Float32Array(36).fill(7), shape: [2, 3, 2, 3] };
    expect(softPool2d(x, { ...options, into })).toBe(into);
    expect(into).toEqual(y);
    const dx = { data: new Float32Array(144).fill(7), shape: x.shape };
    const step = { kernelSize: 1, stride: 2 }; // most inputs are in no window: their gradient is 0
    expect(softPool2dGrad(x, dy, { ...step, into: dx })).toBe(dx);
    expect(dx).toEqual(softPool2dGrad(x, dy, step));
    expect(reference.softPool2d(x, { kernelSize: 2, into: { ...into, data: into.data.fill(7) } })).toEqual(
      reference.softPool2d(x, { kernelSize: 2 }),
    );
  });

  test.each([
    [{ data: new Float32Array(36), shape: [6, 2, 3] }, "options.into.shape must be the result's shape [2, 3, 2, 3], received [6, 2, 3]"],
    [{ data: new Float64Array(36), shape: y.shape }, "options.into must be 'float32' as x is, received 'float64'"],
    [{ data: x.data.subarray(108), shape: y.shape }, 'options.into must be memory that no input uses, received Object'],
    [null, 'options.into must be a tensor { data, shape }, received null'],
  ])('cannot go into %o', (into, message) => {
    expect(() => softPool2d(x, { ...options, into })).toThrow(`softPool2d: ${message}`);
  });

  test('of a batch of 0 is empty', () => {
    expect(softPool2d({ data: new Float32Array(0), shape: [0, 3, 4, 6] }, options)).toEqual({
      data: new Float32Array(0),
      shape: [0, 3, 2, 3],
    });
  });
});

describe('a call like an earlier one', () => {
  const signal = { data: Float32Array.of(0, 0, 3, 3, 6, 6), shape: [1, 6] };

  test('computes from the current numbers', () => {
    const x = { data: Float32Array.of(1, 1), shape: [1, 2] };
    expect(Array.from(softPool1d(x, options).data)).toEqual([1]);
    x.data.fill(2);
    expect(Array.from(softPool1d(x, options).data)).toEqual([2]);
  });

  test('uses the current options of a changed object', () => {
    const changing: Record<string, unknown> = { kernelSize: 2 };
    expect(Array.from(softPool1d(signal, changing).data)).toEqual([0, 3, 6]);
    changing.stride = 4;
    expect(Array.from(softPool1d(signal, changing).data)).toEqual([0, 6]);
    changing.stride = 0;
    expect(() => softPool1d(signal, changing)).toThrow('options.stride must be a positive integer, received 0');
    delete changing.stride;
    expect(Array.from(softPool1d(signal, changing).data)).toEqual([0, 3, 6]);
  });

  test('uses the current entries of changed lists', () => {
    const lists = { kernelSize: [2], padding: [[0, 0]] };
    expect(softPool1d(signal, lists).shape).toEqual([1, 3]);
    lists.padding[0]![1] = 2;
    // a third would start in the padding
    expect(softPool1d(signal, { ...lists, ceilMode: true }).shape).toEqual([1, 3]);
    lists.padding[0]![1] = 0;
    lists.kernelSize[0] = 3;
    expect(softPool1d(signal, lists).shape).toEqual([1, 2]);
  });

  test('checks the names of its options', () => {
    expect(softPool1d(signal, { kernelSize: 2, stride: 4 }).shape).toEqual([1, 2]);
    expect(() => softPool1d(signal, { kernelSize: 2, strid: 4 })).toThrow('options.strid is not an option of this call');
    expect(() => softPool1d(signal, { kernelSize: 2, stride: undefined, strid: 4 })).toThrow('options.strid is not an option of this call');
  });

  test('checks its tensor', () => {
    expect(softPool1d(signal, options).shape).toEqual([1, 3]);
    expect(() => softPool1d({ ...signal, data: new Float32Array(5) }, options)).toThrow('x.data.length must be 6 for the shape [1, 6]');
    expect(softPool1d({ data: Float64Array.from(signal.data), shape: [1, 6] }, options).data).toBeInstanceOf(Float64Array);
  });

  test('checks each entry of a sparse list', () => {
    expect(softPool1d(signal, { kernelSize: [2] }).shape).toEqual([1, 3]);
    expect(() => softPool1d(signal, { kernelSize: new Array(1) })).toThrow(
      'options.kernelSize[0] must be a positive integer, received undefined',
    );
  });

  test('is not spoiled by options whose getters gave other values', () => {
    let reads = 0;
    const changing = {
      stride: 1,
      get kernelSize() {
        return ++reads <= 1 ? 2 : 3;
      },
    };
    softPool1d(signal, changing);
    softPool1d(signal, changing);
    expect(softPool1d(signal, { kernelSize: 3, stride: 1 }).shape).toEqual([1, 4]);
    expect(softPool1d(signal, { kernelSize: 2, stride: 1 }).shape).toEqual([1, 5]);
  });

  test('reads a shape once, so that it cannot change after it was checked', () => {
    let reads = 0;
    const shape = new Proxy([1, 6], { get: (list, key) => (key === '1' && ++reads > 1 ? 600 : Reflect.get(list, key)) });
    expect(softPool1d({ data: signal.data, shape }, options).shape).toEqual([1, 3]);
  });
});

test('a result may be cut into more parts than a call can have arguments', () => {
  const y = adaptiveSoftPool2d({ data: Float32Array.of(1, 2, 3, 4), shape: [1, 1, 2, 2] }, { outputSize: [2 ** 18, 2] });
  const wrong = y.data.findIndex((value, i) => value !== (i < 2 ** 18 ? 1 : 3) + (i % 2));
  expect([y.shape, wrong]).toEqual([[1, 1, 2 ** 18, 2], -1]);
});
