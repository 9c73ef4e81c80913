import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { isArgumentError } from '../api/errors.ts';
import type { AdaptivePoolOptions, PoolOptions } from '../api/options.ts';
import { type PoolGeometryOptions, poolGeometry } from './pool-geometry.ts';

/** `torch.nn.functional`'s rule (aten/src/ATen/native/Pool.h, pooling_output_shape_pad_lr). */
function torchOutputSize(
  input: number,
  kernel: number,
  before: number,
  after: number,
  stride: number,
  dilation: number,
  ceil: boolean,
): number {
  const numerator = input + before + after - dilation * (kernel - 1) - 1 + (ceil ? stride - 1 : 0);
  const output = Math.floor(numerator / stride) + 1;
  return ceil && (output - 1) * stride >= input + before ? output - 1 : output;
}

/** `tf.nn.pool`'s two rules, from the notes of `tf.nn.convolution`. */
function tensorFlowOutputSize(padding: 'VALID' | 'SAME', input: number, kernel: number, stride: number, dilation: number): number {
  return padding === 'SAME' ? Math.ceil(input / stride) : Math.ceil((input - (kernel - 1) * dilation) / stride);
}

/** One axis of a geometry, as lists of taps. */
function taps(input: number, options: PoolOptions | AdaptivePoolOptions): number[][] {
  const axis = poolGeometry([1, input], { spatialDims: 1, ...options } as PoolGeometryOptions).axes[0];
  if (axis === undefined) throw new Error('no axis');
  return Array.from(axis.start, (start, i) => Array.from({ length: axis.count[i] as number }, (_, tap) => start + tap * axis.dilation));
}

/** The taps of a window, found by testing every kernel position. */
function tapsByHand(input: number, kernel: number, origin: number, dilation: number): number[] {
  return Array.from({ length: kernel }, (_, i) => origin + i * dilation).filter((tap) => tap >= 0 && tap < input);
}

const axisOptions = fc.record({
  input: fc.integer({ min: 1, max: 40 }),
  kernel: fc.integer({ min: 1, max: 7 }),
  stride: fc.integer({ min: 1, max: 6 }),
  dilation: fc.integer({ min: 1, max: 4 }),
  before: fc.integer({ min: 0, max: 12 }),
  after: fc.integer({ min: 0, max: 12 }),
  ceilMode: fc.boolean(),
});

describe('the output shape', () => {
  test.each([
    // input, kernel, stride, padding, dilation, ceilMode → output, by the formula in the
    // documentation of torch.nn.MaxPool2d
    [112, 2, 2, 0, 1, false, 56],
    [112, 3, 2, 1, 1, false, 56],
    [112, 3, 2, 0, 1, false, 55],
    [113, 2, 2, 0, 1, false, 56],
    [113, 2, 2, 0, 1, true, 57],
    [32, 3, 2, 0, 1, true, 16],
    [32, 3, 2, 0, 1, false, 15],
    [7, 7, 7, 0, 1, false, 1],
    [7, 3, 1, 1, 1, false, 7],
    [8, 2, 3, 0, 1, false, 3],
    [9, 2, 3, 0, 1, true, 3], // a fourth window would start at 9, after the input: dropped
    [4, 2, 3, 1, 1, true, 2],
    [5, 2, 5, 1, 1, true, 2],
    [16, 3, 1, 0, 2, false, 12],
    [16, 3, 2, 2, 2, true, 9],
    [16, 3, 2, 2, 2, false, 8],
    [15, 2, 1, 1, 3, false, 14],
    [1, 1, 1, 0, 1, false, 1],
    [3, 2, 2, 1, 1, true, 2],
    [1, 2, 2, 1, 1, true, 1],
  ])(
    'input %i, kernel %i, stride %i, padding %i, dilation %i, ceilMode %s gives %i',
    (input, kernelSize, stride, padding, dilation, ceilMode, output) => {
      expect(taps(input, { kernelSize, stride, padding, dilation, ceilMode })).toHaveLength(output);
    },
  );

  test('is that of PyTorch if no window is empty', () => {
    fc.assert(
      fc.property(axisOptions, ({ input, kernel, stride, dilation, before, after, ceilMode }) => {
        const outputSize = torchOutputSize(input, kernel, before, after, stride, dilation, ceilMode);
        fc.pre(outputSize > 0);
        const origins = Array.from({ length: outputSize }, (_, i) => i * stride - before);
        const expected = origins.map((origin) => tapsByHand(input, kernel, origin, dilation));
        const given = { kernelSize: kernel, stride, dilation, ceilMode, padding: [[before, after] as const] };
        if (expected.some((window) => window.length === 0)) {
          expect(() => taps(input, given)).toThrow(/options\.padding must be smaller, .* axis 0: window \d+ holds no input element/);
        } else {
          expect(taps(input, given)).toEqual(expected);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("with padding 'valid' and 'same' is that of TensorFlow", () => {
    fc.assert(
      fc.property(axisOptions, ({ input, kernel, stride, dilation, ceilMode }) => {
        if (dilation * (kernel - 1) < input) {
          const valid = taps(input, { kernelSize: kernel, stride, dilation, padding: 'valid' });
          expect(valid).toHaveLength(tensorFlowOutputSize('VALID', input, kernel, stride, dilation));
        }
        const outputSize = tensorFlowOutputSize('SAME', input, kernel, stride, dilation);
        const missing = Math.max(0, (outputSize - 1) * stride + (kernel - 1) * dilation + 1 - input);
        const before = Math.floor(missing / 2); // the odd element of padding goes after the input
        const expected = Array.from({ length: outputSize }, (_, i) => tapsByHand(input, kernel, i * stride - before, dilation));
        fc.pre(expected.every((window) => window.length > 0));
        expect(taps(input, { kernelSize: kernel, stride, dilation, ceilMode, padding: 'same' })).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });

  test('has batch, channels and spatial axes in the order of the layout', () => {
    const options = { kernelSize: [1, 2, 3], stride: [1, 2, 1], padding: [0, [1, 0], [0, 2]], spatialDims: 3 } as const;
    expect(poolGeometry([5, 7, 4, 6, 8], options).outputShape).toEqual([5, 7, 4, 3, 8]);
    expect(poolGeometry([7, 4, 6, 8], options).outputShape).toEqual([7, 4, 3, 8]);
    expect(poolGeometry([5, 4, 6, 8, 7], { ...options, layout: 'channelsLast' }).outputShape).toEqual([5, 4, 3, 8, 7]);
    expect(poolGeometry([4, 6, 8, 7], { ...options, layout: 'channelsLast' }).outputShape).toEqual([4, 3, 8, 7]);
    expect(poolGeometry([5, 7, 4, 6, 8], { outputSize: [2, 9, 1], spatialDims: 3 }).outputShape).toEqual([5, 7, 2, 9, 1]);
  });

  test('comes with the sizes and windows it follows from', () => {
    const shape = [8, 64, 112, 56];
    const geometry = poolGeometry(shape, { spatialDims: 2, kernelSize: [3, 2], padding: [1, 0] });
    expect(geometry).toMatchObject({ spatialDims: 2, layout: 'channelsFirst', batch: 8, channels: 64, inputShape: shape });
    expect(geometry.axes).toMatchObject([
      { inputSize: 112, outputSize: 38, kernelSize: 3, stride: 3, dilation: 1, padding: [1, 1] },
      { inputSize: 56, outputSize: 28, kernelSize: 2, stride: 2, dilation: 1, padding: [0, 0] },
    ]);
    shape[0] = 1;
    expect(geometry.inputShape).toEqual([8, 64, 112, 56]);
  });
});

describe('adaptive windows', () => {
  test('are the bins of PyTorch: ⌊i·in/out⌋ up to ⌈(i+1)·in/out⌉', () => {
    for (let input = 1; input <= 30; input++) {
      for (let outputSize = 1; outputSize <= 40; outputSize++) {
        const expected = Array.from({ length: outputSize }, (_, i) =>
          // Element e overlaps [i·in/out, (i+1)·in/out) if e < (i+1)·in/out and e + 1 > i·in/out.
          Array.from({ length: input }, (_, e) => e).filter((e) => e * outputSize < (i + 1) * input && (e + 1) * outputSize > i * input),
        );
        expect(taps(input, { outputSize })).toEqual(expected);
      }
    }
  });

  test('of equal size have a stride, others do not', () => {
    expect(poolGeometry([1, 12], { spatialDims: 1, outputSize: 3 }).axes[0]).toMatchObject({ kernelSize: 4, stride: 4, padding: [0, 0] });
    expect(poolGeometry([1, 10], { spatialDims: 1, outputSize: 3 }).axes[0]).toMatchObject({ kernelSize: 4, stride: 0 });
  });
});

describe('an error names the invalid option', () => {
  const geometry = (options: unknown, shape: unknown = [2, 3, 8, 9]): unknown =>
    poolGeometry(shape as number[], { spatialDims: 2, ...(options as object) } as PoolGeometryOptions);

  describe.each(['kernelSize', 'stride', 'dilation', 'outputSize'])('%s', (name) => {
    const given = (value: unknown) => () =>
      geometry(name === 'kernelSize' || name === 'outputSize' ? { [name]: value } : { kernelSize: 2, [name]: value });

    test.each([
      [0, '0'],
      [-1, '-1'],
      [1.5, '1.5'],
      [Number.NaN, 'NaN'],
      [Number.POSITIVE_INFINITY, 'Infinity', ', at most 2^31 − 1'],
      ['2', "'2'"],
      [2n, '2n'],
      [null, 'null'],
      [true, 'true'],
      [{}, 'Object'],
      [Object.create(null), 'object'],
      [() => 2, 'function'],
      [Symbol('2'), 'symbol'],
      [2 ** 31, '2147483648', ', at most 2^31 − 1'],
      [1e300, '1e+300', ', at most 2^31 − 1'],
    ])('rejects %o', (value, shown, limit = '') => {
      expect(given(value)).toThrow(new RangeError(`poolGeometry: options.${name} must be a positive integer${limit}, received ${shown}`));
      expect(given([1, value])).toThrow(
        new RangeError(`poolGeometry: options.${name}[1] must be a positive integer${limit}, received ${shown}`),
      );
    });

    test.each([
      [[], '[]'],
      [[1], '[1]'],
      [[1, 2, 3], '[1, 2, 3]'],
      [[1, '2', [3n, [4, [5]]]], "[1, '2', [3n, […]]]"],
      [new Array(1000).fill(1), '[1, 1, 1, 1, 1, 1, 1, 1, …]'],
    ])('rejects a list of the wrong length: %o', (value, shown) => {
      expect(given(value)).toThrow(
        new RangeError(`poolGeometry: options.${name} must be a positive integer or 2 of them, one per spatial axis, received ${shown}`),
      );
    });

    test('rejects a list with a hole, and one that contains itself', () => {
      const hole: unknown[] = [1, 1];
      delete hole[0];
      expect(given(hole)).toThrow(`options.${name}[0] must be a positive integer, received undefined`);
      const itself: unknown[] = [];
      itself.push(itself, itself);
      expect(given(itself)).toThrow(`options.${name}[0] must be a positive integer, received [[[…], […]], [[…], […]]]`);
    });
  });

  test('kernelSize and outputSize are required', () => {
    expect(() => geometry({})).toThrow(new RangeError('poolGeometry: options.kernelSize must be a positive integer, received undefined'));
    expect(() => geometry({ outputSize: undefined })).toThrow('options.outputSize must be a positive integer, received undefined');
  });

  test.each([
    [-1, 'options.padding must be an integer ≥ 0, received -1'],
    [0.5, 'options.padding must be an integer ≥ 0, received 0.5'],
    [Number.NaN, 'options.padding must be an integer ≥ 0, received NaN'],
    [2 ** 31, 'options.padding must be an integer ≥ 0, at most 2^31 − 1, received 2147483648'],
    [1n, "options.padding must be 'valid', 'same', a number, one per axis, or [before, after] per axis, received 1n"],
    ['SAME', "options.padding must be 'valid', 'same', a number, one per axis, or [before, after] per axis, received 'SAME'"],
    [null, "options.padding must be 'valid', 'same', a number, one per axis, or [before, after] per axis, received null"],
    [
      new Int32Array(2),
      "options.padding must be 'valid', 'same', a number, one per axis, or [before, after] per axis, received Int32Array",
    ],
    [[1], 'options.padding must be a list of 2, one per spatial axis, received [1]'],
    [[1, 1, 1, 1], 'options.padding must be a list of 2, one per spatial axis, received [1, 1, 1, 1]'],
    [[1, '1'], "options.padding[1] must be an integer ≥ 0, received '1'"],
    [[1, -1], 'options.padding[1] must be an integer ≥ 0, received -1'],
    [[[1, 1], [1]], 'options.padding[1] must be [before, after], received [1]'],
    [[[1, 1, 1], 0], 'options.padding[0] must be [before, after], received [1, 1, 1]'],
    [[[1, 0.5], 0], 'options.padding[0][1] must be an integer ≥ 0, received 0.5'],
    [[new Array(2), 0], 'options.padding[0][0] must be an integer ≥ 0, received undefined'],
  ])('padding %o', (padding, message) => {
    expect(() => geometry({ kernelSize: 2, padding })).toThrow(`poolGeometry: ${message}`);
  });

  test.each([
    [{ kernelSize: 2, ceilMode: 1 }, 'options.ceilMode must be true or false, received 1'],
    [{ kernelSize: 2, ceilMode: null }, 'options.ceilMode must be true or false, received null'],
    [{ kernelSize: 2, layout: 'NCHW' }, "options.layout must be 'channelsFirst' or 'channelsLast', received 'NCHW'"],
    [{ kernelSize: 2, spatialDims: 4 }, 'options.spatialDims must be 1 or 2 or 3, received 4'],
    [{ kernelSize: 2, spatialDims: '2' }, "options.spatialDims must be 1 or 2 or 3, received '2'"],
  ])('%o', (options, message) => {
    expect(() => geometry(options)).toThrow(new TypeError(`poolGeometry: ${message}`));
  });

  test('an unknown option is refused', () => {
    expect(() => geometry({ kernelSize: 2, strides: 2 })).toThrow(
      new TypeError(
        'poolGeometry: options.strides is not an option of this call; it takes spatialDims, kernelSize, stride, padding, padMode, dilation, ceilMode, layout, weights, beta, gradient',
      ),
    );
    expect(() => geometry({ outputSize: 2, kernelSize: 2 })).toThrow(/options\.kernelSize is not an option of this call/);
  });

  test.each([[null], [undefined], [2], ['2'], [() => 2]])('options are not %o', (options) => {
    expect(() => poolGeometry([1, 1, 2, 2], options as unknown as PoolGeometryOptions)).toThrow(
      /^poolGeometry: options must be an object, received /,
    );
  });

  test('undefined options have their defaults', () => {
    const given = { stride: undefined, padding: undefined, dilation: undefined, ceilMode: undefined, layout: undefined };
    expect(geometry({ kernelSize: 2, ...given })).toEqual(geometry({ kernelSize: 2 }));
  });
});

test('an error carries its parts, so that a caller can reword it', () => {
  const fields = (shape: readonly number[], options: object): unknown => {
    try {
      poolGeometry(shape, { spatialDims: 2, ...options } as PoolGeometryOptions);
    } catch (error) {
      return isArgumentError(error) ? [error.call, error.option, error.received] : error;
    }
    return 'no error';
  };
  const call = 'poolGeometry';
  expect(fields([1, 1, 4, 4], { kernelSize: [2, 0] })).toEqual([call, 'options.kernelSize[1]', 0]);
  expect(fields([1, 1, 4, 4], { kernelSize: [2] })).toEqual([call, 'options.kernelSize', [2]]);
  expect(fields([1, 1, 4, 4], { kernelSize: [2, 5] })).toEqual([call, 'options.kernelSize', 5]);
  expect(fields([1, 1, 4, 4], { kernelSize: 2, stride: 0 })).toEqual([call, 'options.stride', 0]);
  expect(fields([1, 1, 4, 4], { kernelSize: 2, padding: [0, [1, -1]] })).toEqual([call, 'options.padding[1][1]', -1]);
  expect(fields([1, 1, 4, 4], { kernelSize: 2, padding: [0, [2, 0]] })).toEqual([call, 'options.padding', [2, 0]]);
  expect(fields([1, 1, 4, 4], { kernelSize: 2, strides: 2 })).toEqual([call, 'options.strides', 'strides']);
  expect(fields([1, 1, 4, 4], { outputSize: 0 })).toEqual([call, 'options.outputSize', 0]);
  expect(fields([1, 0, 4, 4], { kernelSize: 2 })).toEqual([call, 'shape[1]', 0]);
  expect(fields([4, 4], { kernelSize: 2 })).toEqual([call, 'shape', [4, 4]]);
});

describe('an invalid window is refused', () => {
  const message = (shape: number[], options: object): string => {
    try {
      poolGeometry(shape, { spatialDims: 2, ...options } as PoolGeometryOptions);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      return (error as Error).message;
    }
    return 'no error';
  };

  test('when it is larger than the padded input', () => {
    expect(message([1, 1, 4, 5], { kernelSize: [5, 5] })).toBe(
      "poolGeometry: options.kernelSize must be at most 4, the padded input's size, received 5 along spatial axis 0",
    );
    expect(message([1, 1, 4, 5], { kernelSize: [2, 4], dilation: [1, 3], padding: [0, [1, 1]] })).toBe(
      "poolGeometry: options.kernelSize must be at most 7, the padded input's size, received 4 (10 with its dilation) along spatial axis 1",
    );
    expect(message([1, 1, 4, 5], { kernelSize: 2 ** 31 - 1, dilation: 2 ** 31 - 1 })).toMatch(/must be at most 4, the padded/);
  });

  test('unless ceilMode rounds up what is missing, less than a stride, to one window, as in PyTorch', () => {
    const options = { kernelSize: 4, dilation: 2, stride: 3, spatialDims: 2 } as const;
    // 7 elements are needed. Of 6, ⌈(6 − 7) / 3⌉ + 1 = 1 window holds elements 0, 2 and 4; of 4,
    // ⌈−1⌉ + 1 = 0.
    const { outputShape, axes } = poolGeometry([1, 8, 6, 17], { ...options, ceilMode: true });
    expect([outputShape, [...axes[0]!.start], [...axes[0]!.count]]).toEqual([[1, 8, 1, 5], [0], [3]]);
    expect(poolGeometry([1, 8, 5, 17], { ...options, ceilMode: true }).outputShape).toEqual([1, 8, 1, 5]);
    expect(message([1, 8, 4, 17], { ...options, ceilMode: true })).toMatch(/options\.kernelSize must be at most 4, the padded/);
    expect(message([1, 8, 6, 17], options)).toMatch(/options\.kernelSize must be at most 6, the padded/);
  });

  test('when it holds no element', () => {
    expect(message([1, 1, 4, 4], { kernelSize: 2, padding: [0, [2, 0]] })).toBe(
      'poolGeometry: options.padding must be smaller, received [2, 0] along spatial axis 1: window 0 holds no input element (kernel 2, dilation 1, input 4)',
    );
    expect(message([1, 1, 4, 4], { kernelSize: 2, padding: [[0, 2], 0] })).toMatch(
      /received \[0, 2\] along spatial axis 0: window 2 holds no input element/,
    );
    // With taps at −1 and 1, dilation steps over an input of one element.
    expect(message([1, 1, 1, 4], { kernelSize: [2, 1], dilation: [2, 1], padding: [1, 0], stride: 1 })).toMatch(
      /axis 0: window 0 holds no input element/,
    );
  });

  test.each([
    [[1, 1, 4, 4], { kernelSize: 1, stride: 1, padding: 2 ** 31 - 1 }, /axis 0: window 0 holds no input element/],
    [[1, 1, 4, 4], { kernelSize: 1, stride: 1, padding: [0, [0, 2 ** 31 - 1]] }, /axis 1: window 4 holds no input element/],
    [
      [1, 1, 4, 4],
      { kernelSize: 2 ** 31 - 1, stride: 1, padding: 2 ** 31 - 2 },
      /such that each axis has at most 2\^28 windows, received 2147483650 along spatial axis 0/,
    ],
    [
      [1, 1, 4, 4],
      { outputSize: [1, 2 ** 31 - 1] },
      /such that each axis has at most 2\^28 windows, received 2147483647 along spatial axis 1/,
    ],
    [[1, 1, 4, 4], { kernelSize: 2 ** 31 - 1 }, /must be at most 4, the padded input's size, received 2147483647/],
  ])('before any memory is taken for its windows, however large: %j %j', (shape, options, expected) => {
    const lengths: number[] = [];
    const noting: ProxyHandler<typeof Int32Array> = {
      construct(target, args: [number]) {
        lengths.push(args[0]);
        return new target(...args);
      },
    };
    vi.stubGlobal('Int32Array', new Proxy(Int32Array, noting));
    onTestFinished(() => void vi.unstubAllGlobals());
    expect(message([1, 1, 4, 4], { kernelSize: 2 })).toBe('no error');
    expect(lengths.splice(0)).toEqual([2, 2, 2, 2]); // it is seen
    expect(message(shape, options)).toMatch(expected);
    expect(Math.max(0, ...lengths)).toBeLessThanOrEqual(4);
  });
});

describe('an invalid shape is refused', () => {
  test.each([
    [[], '[N, C, H, W] or [C, H, W], received []'],
    [[4, 4], '[N, C, H, W] or [C, H, W], received [4, 4]'],
    [[1, 1, 1, 4, 4], '[N, C, H, W] or [C, H, W], received [1, 1, 1, 4, 4]'],
    [new Array(100).fill(1), '[N, C, H, W] or [C, H, W], received [1, 1, 1, 1, 1, 1, 1, 1, …]'],
  ])('with the wrong rank: %o', (shape, expected) => {
    expect(() => poolGeometry(shape, { spatialDims: 2, kernelSize: 1 })).toThrow(new RangeError(`poolGeometry: shape must be ${expected}`));
  });

  test('with the axes of its layout in the message', () => {
    expect(() => poolGeometry([4], { spatialDims: 1, kernelSize: 1 })).toThrow('[N, C, L] or [C, L], received [4]');
    expect(() => poolGeometry([4], { spatialDims: 3, kernelSize: 1, layout: 'channelsLast' })).toThrow(
      '[N, D, H, W, C] or [D, H, W, C], received [4]',
    );
  });

  test.each([
    [[1, 0, 4, 4], 'shape[1] must be a positive integer, received 0'],
    [[0, 4, 4], 'shape[0] must be a positive integer, received 0: only a batch may be empty'],
    [[1, -1, 4, 4], 'shape[1] must be a positive integer, received -1'],
    [[1, 1, 4.5, 4], 'shape[2] must be a positive integer, received 4.5'],
    [[1, 1, 4, Number.NaN], 'shape[3] must be a positive integer, received NaN'],
    [[1, 1, 4, '4'], "shape[3] must be a positive integer, received '4'"],
    [[1, 1, 4, 4n], 'shape[3] must be a positive integer, received 4n'],
    [[1, 1, 4, null], 'shape[3] must be a positive integer, received null'],
    [Object.assign([1, 1, 4], { length: 4 }), 'shape[3] must be a positive integer, received undefined'],
    [[2 ** 31, 1, 4, 4], 'shape[0] must be a positive integer, at most 2^31 − 1, received 2147483648'],
  ])('with an invalid size: %o', (shape, expected) => {
    expect(() => poolGeometry(shape as number[], { spatialDims: 2, kernelSize: 1 })).toThrow(new RangeError(`poolGeometry: ${expected}`));
  });

  test.each([
    [null, 'null'],
    [undefined, 'undefined'],
    ['1,1,4,4', "'1,1,4,4'"],
    [4, '4'],
    [new Int32Array(4), 'Int32Array'],
    [{ length: 4 }, 'Object'],
  ])('when it is not an array: %o', (shape, shown) => {
    expect(() => poolGeometry(shape as unknown as number[], { spatialDims: 2, kernelSize: 1 })).toThrow(
      new TypeError(`poolGeometry: shape must be an array of positive integers, received ${shown}`),
    );
  });
});

describe("padMode 'zeros'", () => {
  const counted = (size: number, options: PoolOptions<1>) => poolGeometry([1, size], { spatialDims: 1, padMode: 'zeros', ...options });

  test('makes padding elements that windows may hold alone', () => {
    const { zeros, inputShape, outputShape, axes } = counted(2, { kernelSize: 2, padding: [[3, 2]] });
    expect({ zeros, inputShape, outputShape }).toEqual({ zeros: [[3, 2]], inputShape: [1, 2], outputShape: [1, 3] });
    expect(Array.from(axes[0]?.count ?? [])).toEqual([2, 2, 2]);
    expect(() => poolGeometry([1, 2], { spatialDims: 1, kernelSize: 2, padding: [[3, 2]] })).toThrow(/window 0 holds no input element/);
  });

  test('lets a window of ceil mode start in the zeros after the input', () => {
    expect(counted(3, { kernelSize: 2, stride: 3, padding: 1, ceilMode: true }).outputShape).toEqual([1, 2]);
    expect(counted(4, { kernelSize: 2, stride: 5, padding: 1, ceilMode: true }).outputShape).toEqual([1, 2]);
    expect(poolGeometry([1, 4], { spatialDims: 1, kernelSize: 2, stride: 5, padding: 1, ceilMode: true }).outputShape).toEqual([1, 1]);
  });

  test('without padding changes nothing', () => {
    expect(counted(4, { kernelSize: 2 })).toEqual(poolGeometry([1, 4], { spatialDims: 1, kernelSize: 2 }));
  });

  test('is one of two', () => {
    expect(() => counted(4, { kernelSize: 2, padMode: 'reflect' as never })).toThrow(
      "poolGeometry: options.padMode must be 'ignore' or 'zeros', received 'reflect'",
    );
  });
});

describe('the operator', () => {
  test.each([
    [{ beta: -1 }, 'options.beta must be a finite number ≥ 0, received -1'],
    [{ weights: 'nope' }, "options.weights must be 'perChannel' or 'shared', received 'nope'"],
    [{ gradient: 7 }, "options.gradient must be 'weights' or 'exact', received 7"],
  ])('is checked as in the call itself: %o', (operator, message) => {
    const options = { spatialDims: 1, kernelSize: 2, ...operator } as PoolGeometryOptions;
    expect(() => poolGeometry([1, 4], options)).toThrow(`poolGeometry: ${message}`);
  });
});
