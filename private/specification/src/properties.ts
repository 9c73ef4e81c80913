/** Laws of the operator and behavior of calls that hold independently of the definition. */
import fc from 'fast-check';
import type { Gradient, Layout, PoolGeometry, Tensor } from 'softpool/internal';
import { backward, product } from 'softpool/internal';
import { describe, test } from 'vitest';
import { type Backend, type Call, geometryOf, pool, poolGrad } from './backend.ts';
import { specifyCountedZeros } from './counted-zeros.ts';
import { allowance, dtypeOfTensor, expectAlike, expectSame, numbersOf } from './expect.ts';
import {
  dtypeOfStorage,
  FINITE,
  fill,
  makeProblem,
  makeTensor,
  operatorOf,
  type Part,
  type Problem,
  problems,
  randomNumbers,
  type Storage,
} from './problems.ts';
import { forwardBounds, gradientBounds, TOLERANCES } from './tolerances.ts';

export function specifyProperties(backend: () => Backend, part: Part, runs: number): void {
  const { storage } = part;
  const isFloat16 = dtypeOfStorage(storage) === 'float16';
  const always = async (arbitrary: fc.Arbitrary<Problem>, check: (problem: Problem) => Promise<void>): Promise<void> => {
    await fc.assert(fc.asyncProperty(arbitrary, check), { numRuns: runs });
  };
  const any = problems(part);
  const finite = problems({ ...part, distributions: FINITE });

  describe('the operator', () => {
    const smallest = `gives every finite input of a window a weight above 0${isFloat16 ? ': the smallest round to 0 in float16' : ''}`;
    test.skipIf(isFloat16)(smallest, { tags: 'sampled' }, async () => {
      await always(problems({ storage, distributions: [...FINITE, 'a few −∞', 'a few +∞'] }), async ({ call, geometry, x }) => {
        const ones = makeTensor(
          storage,
          geometry.outputShape,
          fill(geometry.outputShape, () => 1),
        );
        const dx = numbersOf(await poolGrad(backend(), call, x, ones, 'weights'));
        const input = numbersOf(x);
        const covered = coverage(geometry);
        for (let i = 0; i < dx.length; i++) {
          if (covered[i] === 0 && dx[i] !== 0) throw new Error(`dx[${i}] is ${dx[i]}, outside every window`);
          if (covered[i] === 1 && Number.isFinite(input[i]) && !((dx[i] as number) > 0))
            throw new Error(`dx[${i}] is ${dx[i]}, x there is ${input[i]}`);
        }
      });
    });

    test('overflows in a gradient only where the magnitudes of its terms do', { tags: 'sampled' }, async () => {
      const { largest } = TOLERANCES[dtypeOfStorage(storage)];
      await always(problems({ storage, distributions: FINITE, dyDistributions: ['near the ends of the range'] }), async (problem) => {
        const { call, geometry, x, dy } = problem;
        const dx = numbersOf(await poolGrad(backend(), call, x, dy, 'weights'));
        const magnitudes = backward(numbersOf(x), Array.from(numbersOf(dy), Math.abs), geometry, operatorOf(call, 'weights'));
        const wrong = Array.from(dx).findIndex((value, i) => !Number.isFinite(value) && (magnitudes[i] as number) < largest * (1 - 1e-5));
        if (wrong >= 0) throw new Error(`dx[${wrong}] is ${dx[wrong]}, its terms' magnitudes sum to ${magnitudes[wrong]}`);
      });
    });

    test('gives −∞ no weight in a window with other elements', { tags: 'sampled' }, async () => {
      await always(
        problems({ storage, distributions: ['a few −∞', 'mostly −∞'], weights: 'perChannel' }),
        async ({ call, geometry, x }) => {
          const ones = makeTensor(
            storage,
            geometry.outputShape,
            fill(geometry.outputShape, () => 1),
          );
          const y = numbersOf(await pool(backend(), call, x));
          const isAlone = coveredBy(geometry, y, (output) => output === -Infinity);
          for (const gradient of ['weights', 'exact'] as const) {
            const dx = numbersOf(await poolGrad(backend(), call, x, ones, gradient));
            Array.from(numbersOf(x)).forEach((value, i) => {
              if (value === -Infinity && !isAlone[i] && dx[i] !== 0) throw new Error(`dx[${i}] (${gradient}) is ${dx[i]}, x there is −∞`);
            });
          }
        },
      );
    });

    test('of zeros and −∞ is exactly zero', async () => {
      for (const kernelSize of [2, 3, 7]) {
        for (const layout of ['channelsFirst', 'channelsLast'] as const) {
          const call: Call = { kind: 'pool', dims: 2, options: { kernelSize, layout } };
          const shape = layout === 'channelsFirst' ? [4, 21, 42] : [21, 42, 4];
          const x = makeTensor(storage, shape, fill(shape, flipping(-Infinity, 0)));
          const wrong = Array.from(numbersOf(await pool(backend(), call, x))).find((y) => y !== 0 && y !== -Infinity);
          if (wrong !== undefined) throw new Error(`a window of ${kernelSize}×${kernelSize} gives ${wrong}`);
        }
      }
    });

    test('passes a NaN in dL/dy only to the elements of its window', async () => {
      for (const gradient of ['weights', 'exact'] as const) {
        for (let size = 2; size <= 40; size++) {
          const call: Call = { kind: 'pool', dims: 2, options: { kernelSize: 2, layout: size % 2 ? 'channelsFirst' : 'channelsLast' } };
          const { x, dy, geometry } = makeProblem(call, size % 2 ? [2, 4, size] : [4, size, 2], storage, 'normal', 'a few NaN', size);
          const dx = numbersOf(await poolGrad(backend(), call, x, dy, gradient));
          const reached = backward(
            numbersOf(x),
            Array.from(numbersOf(dy), (g) => (Number.isNaN(g) ? 1 : 0)),
            geometry,
            operatorOf(call, 'weights'),
          );
          Array.from(dx).forEach((value, i) => {
            if (Number.isNaN(value) !== (reached[i] as number) > 0) throw new Error(`dx[${i}] (${gradient}) is ${value} at size ${size}`);
          });
        }
      }
    });

    test('of equal numbers is exactly that number', { tags: 'sampled' }, async () => {
      await always(problems({ storage, distributions: ['equal'] }), async ({ call, x }) => {
        const y = numbersOf(await pool(backend(), call, x));
        const [value] = Array.from(numbersOf(x));
        const wrong = Array.from(y).findIndex((each) => each !== value);
        if (wrong >= 0) throw new Error(`y[${wrong}] is ${y[wrong]}, all x are ${value}`);
      });
    });

    test('pools a window alone as it does among others', { tags: 'sampled' }, async () => {
      await always(finite, async ({ call, geometry, x }) => {
        const y = await pool(backend(), call, x);
        const alone = await pool(
          backend(),
          { ...call, kind: 'global', options: { ...operatorOptions(call), spatialDims: call.dims } },
          firstWindow(x, geometry),
        );
        const { layout, channels } = geometry;
        const space = geometry.axes.reduce((size, axis) => size * axis.outputSize, 1);
        const bounds = forwardBounds(numbersOf(x), geometry, operatorOf(call, 'weights'), dtypeOfTensor(x));
        for (let c = 0; c < channels; c++) {
          const at = layout === 'channelsFirst' ? c * space : c;
          const [here, there] = [numbersOf(y)[at] as number, numbersOf(alone)[c] as number];
          const slack = 2 * allowance(dtypeOfTensor(x), bounds.tolerance[at] as number, here);
          if (Math.abs(here - there) > slack) throw new Error(`channel ${c} is ${here} among others, ${there} by itself`);
        }
      });
    });

    test('of numbers at the end of the range is finite, though rounded weights may sum to more than 1', async () => {
      const { largest } = TOLERANCES[dtypeOfStorage(storage)];
      const call: Call = { kind: 'global', dims: 1, options: { spatialDims: 1, layout: 'channelsLast', weights: 'shared' } };
      const random = randomNumbers(1);
      // In each window the weights come from the second channel; the 0 of the first channel has
      // almost none.
      const windows = Array.from({ length: 100 }, () => [...[1, 2, 3].flatMap(() => [-largest, 40 + 2 * random()]), 0, 0]);
      const x = makeTensor(storage, [100, 4, 2], Float64Array.from(windows.flat()));
      const y = Array.from(numbersOf(await pool(backend(), call, x))).filter((_, i) => i % 2 === 0);
      const wrong = y.findIndex((value) => !(Math.abs(1 + value / largest) < 1e-3));
      if (wrong >= 0) throw new Error(`y of window ${wrong} is ${y[wrong]}`);
    });

    test('ignores padding, as if it were −∞', async () => {
      for (let size = 1; size <= 24; size++) {
        for (const layout of ['channelsFirst', 'channelsLast'] as const) {
          const [kernelSize, stride, padding] = [3, 1 + (size % 3), 1];
          const call = (given: 0 | 1): Call => ({
            kind: 'pool',
            dims: 2,
            options: { kernelSize, stride, padding: given * padding, layout },
          });
          const shape = layout === 'channelsFirst' ? [2, 3, size] : [3, size, 2];
          const { x } = makeProblem(call(1), shape, storage, 'normal', 'ones', size);
          const padded = await pool(backend(), call(1), x);
          const framed = frame(x, layout, padding);
          const bounds = forwardBounds(
            numbersOf(framed),
            mustHave(geometryOf(call(0), framed.shape)),
            operatorOf(call(0), 'weights'),
            dtypeOfTensor(x),
          );
          expectAlike('padded', padded, await pool(backend(), call(0), framed), bounds.tolerance);
        }
      }
    });

    specifyCountedZeros(backend, part, runs);

    test('does not depend on the layout', { tags: 'sampled' }, async () => {
      await always(problems({ ...part, layout: 'channelsFirst', distributions: FINITE }), async ({ call, geometry, x, dy }) => {
        const turned: Call = { ...call, options: { ...call.options, layout: 'channelsLast' } } as Call;
        const dtype = dtypeOfTensor(x);
        const turn = (tensor: Tensor): Tensor => channelsLast(tensor, geometry);
        const operator = operatorOf(call, 'weights');
        const turnedGeometry = mustHave(geometryOf(turned, turn(x).shape));
        const y = forwardBounds(numbersOf(turn(x)), turnedGeometry, operator, dtype);
        expectAlike('y', await pool(backend(), turned, turn(x)), turnOutput(await pool(backend(), call, x), call, turn), y.tolerance);
        for (const gradient of ['weights', 'exact'] as const) {
          const turnedDy = turnOutput(dy, call, turn);
          const { tolerance } = gradientBounds(numbersOf(turn(x)), numbersOf(turnedDy), turnedGeometry, operatorOf(call, gradient), dtype);
          const dx = await poolGrad(backend(), turned, turn(x), turnedDy, gradient);
          expectAlike('dx', dx, turn(await poolGrad(backend(), call, x, dy, gradient)), tolerance);
        }
      });
    });
  });

  describe('a call', () => {
    test('repeated gives the same bits', { tags: 'sampled' }, async () => {
      await always(any, async ({ call, x, dy }) => {
        const [first, second] = [await everything(backend(), call, x, dy), await everything(backend(), call, x, dy)];
        first.forEach((result, i) => {
          expectSame('again', result, mustHave(second[i]));
        });
      });
    });

    test('repeated after another call gives the same bits, whatever a backend keeps', { tags: 'sampled' }, async () => {
      await fc.assert(
        fc.asyncProperty(any, any, async ({ call, x }, other) => {
          const first = await pool(backend(), call, x);
          await pool(backend(), other.call, other.x);
          expectSame('after another', await pool(backend(), call, x), first);
        }),
        { numRuns: 3 * runs },
      );
    });

    test('does not disturb concurrent calls', { tags: 'sampled' }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(any, { minLength: 2, maxLength: 6 }), async (several) => {
          const alone: Tensor[] = [];
          for (const { call, x, dy } of several) alone.push(...(await everything(backend(), call, x, dy)));
          const together = await Promise.all(several.map(({ call, x, dy }) => everything(backend(), call, x, dy)));
          together.flat().forEach((result, i) => {
            expectSame('together', result, mustHave(alone[i]));
          });
        }),
        { numRuns: Math.min(30, runs) },
      );
    });

    test('reads only the elements of a view', { tags: 'sampled' }, async () => {
      await always(any, async ({ call, x, dy }) => {
        const view = (tensor: Tensor, before: number): Tensor => {
          const { data } = tensor;
          const Constructor = data.constructor as new (length: number) => typeof data;
          const around = new Constructor(before + data.length + 5);
          around.fill(Number.NaN);
          if (storage === 'Uint16Array') around.fill(0x7e00);
          around.set(data, before);
          return { ...tensor, data: around.subarray(before, before + data.length) as typeof data };
        };
        const expected = await everything(backend(), call, x, dy);
        (await everything(backend(), call, view(x, 3), view(dy, 1))).forEach((result, i) => {
          expectSame('view', result, mustHave(expected[i]));
        });
      });
    });

    test('gives the gradient of the paper by default', { tags: 'sampled' }, async () => {
      await always(any, async ({ call, x, dy }) => {
        expectSame('default', await poolGrad(backend(), call, x, dy), await poolGrad(backend(), call, x, dy, 'weights'));
      });
    });

    test('with invalid arguments is refused with the same message by every backend', async () => {
      const { x, dy } = makeProblem({ kind: 'pool', dims: 2, options: { kernelSize: 2 } }, [1, 2, 4, 4], storage, 'normal', 'ones', 1);
      const y = await backend().softPool2d(x, { kernelSize: 2 });
      await refuses(
        () => backend().softPool2d(x, { kernelSize: 0 }),
        'softPool2d: options.kernelSize must be a positive integer, received 0',
      );
      await refuses(
        () => backend().softPool1d(x, { kernelSize: 1 }),
        'softPool1d: x.shape must be [N, C, L] or [C, L], received [1, 2, 4, 4]',
      );
      await refuses(
        () => backend().softPool2d(x, { kernelSize: 2, beta: -1 }),
        'softPool2d: options.beta must be a finite number ≥ 0, received -1',
      );
      await refuses(
        () => backend().softPool2dGrad(x, x, { kernelSize: 2 }),
        "softPool2dGrad: dy.shape must be the output's shape [1, 2, 2, 2], received [1, 2, 4, 4]",
      );
      await refuses(
        () => backend().adaptiveSoftPool2dGrad(x, dy, { outputSize: 3 }),
        "adaptiveSoftPool2dGrad: dy.shape must be the output's shape [1, 2, 3, 3], received [1, 2, 2, 2]",
      );
      await refuses(() => backend().globalSoftPool({ ...x, shape: [1, 2, 4, 5] }, {}), 'data.length must be 40 for the shape [1, 2, 4, 5]');
      expectSame('after refusals', await backend().softPool2d(x, { kernelSize: 2 }), y);
    });
  });
}

/** For backends that keep numbers below 2^-126. */
export function specifyTinyGradients(backend: () => Backend, storage: Storage, runs: number): void {
  const isFloat16 = dtypeOfStorage(storage) === 'float16';
  const why = isFloat16 ? ': beside the smallest weights, products round to 0 in float16' : '';
  test.skipIf(isFloat16)(`gives every finite input of a window a gradient, however small dL/dy is${why}`, { tags: 'sampled' }, async () => {
    const arbitrary = problems({ storage, distributions: [...FINITE, 'a few −∞', 'a few +∞'], dyDistributions: ['tiny'] });
    const check = async ({ call, geometry, x, dy }: Problem): Promise<void> => {
      const positive: Tensor = { ...dy, data: dy.data.map(Math.abs) as typeof dy.data };
      const dx = numbersOf(await poolGrad(backend(), call, x, positive, 'weights'));
      const input = numbersOf(x);
      const hasGradient = coveredBy(geometry, numbersOf(positive), (g) => g > 0);
      for (let i = 0; i < dx.length; i++) {
        if (hasGradient[i] && Number.isFinite(input[i]) && !((dx[i] as number) > 0))
          throw new Error(`dx[${i}] is ${dx[i]}, x there is ${input[i]}`);
      }
    };
    await fc.assert(fc.asyncProperty(arbitrary, check), { numRuns: runs });
  });
}

/** For backends whose sums of gradients do not overflow on the way to a finite total. */
export function specifyCancelingGradients(backend: () => Backend, storage: Storage, runs: number): void {
  const dtype = dtypeOfStorage(storage);
  const { largest } = TOLERANCES[dtype];
  // The definition of dL/dy times this does not overflow, and is dL/dx times this.
  const scale = 2 ** -64;
  const moderate = ['normal', 'bytes', 'equal', 'steep: |βx| up to 500'] as const;
  test.each<[Gradient, Part['distributions']]>([
    ['weights', FINITE],
    ['exact', moderate],
  ])('overflows in a gradient (%s) only where the total does', async (gradient, distributions) => {
    const check = async ({ call, geometry, x, dy }: Problem): Promise<void> => {
      const dx = numbersOf(await poolGrad(backend(), call, x, dy, gradient));
      const operator = operatorOf(call, gradient);
      // The documented limit of shared weights: |β (x − y)| of at most 2^64.
      const steepest = 2 * operator.beta * Array.from(numbersOf(x), Math.abs).reduce((a, b) => Math.max(a, b), 0);
      fc.pre(!(gradient === 'exact' && operator.weights === 'shared' && steepest > 2 ** 64));
      const scaled = Array.from(numbersOf(dy), (g) => g * scale);
      const expected = backward(numbersOf(x), scaled, geometry, operator);
      const { tolerance } = gradientBounds(numbersOf(x), scaled, geometry, operator, dtype);
      for (let i = 0; i < dx.length; i++) {
        const [value, target] = [(dx[i] as number) * scale, expected[i] as number];
        const allowed = allowance(dtype, (tolerance[i] as number) / scale, target / scale) * scale;
        if (Math.abs(value - target) <= allowed) continue;
        const isBeyond = Math.abs(target) + allowed >= largest * scale && Math.sign(value) === Math.sign(target);
        if (!isBeyond || Number.isFinite(value)) throw new Error(`dx[${i}] is ${dx[i]}, expected ${target / scale} ± ${allowed / scale}`);
      }
    };
    const arbitrary = problems({ storage, distributions: distributions as typeof FINITE, dyDistributions: ['near the ends of the range'] });
    await fc.assert(fc.asyncProperty(arbitrary, check), { numRuns: runs });
  });
}

/** Two numbers in an order that fits no vector length. */
function flipping(a: number, b: number): () => number {
  const random = randomNumbers(7);
  return () => (random() < 0.5 ? a : b);
}

/** Expects a call to fail with this message, at once or as a rejection. */
async function refuses(call: () => unknown, message: string): Promise<void> {
  let outcome: unknown = 'a result';
  try {
    await call();
  } catch (error) {
    outcome = error;
  }
  if (!(outcome instanceof Error && outcome.message.includes(message)))
    throw new Error(`expected the error "${message}", received ${outcome}`);
}

/** The forward pass and both gradients. */
async function everything(backend: Backend, call: Call, x: Tensor, dy: Tensor): Promise<Tensor[]> {
  const gradients: readonly Gradient[] = ['weights', 'exact'];
  return Promise.all([pool(backend, call, x), ...gradients.map((gradient) => poolGrad(backend, call, x, dy, gradient))]);
}

function operatorOptions({ options: { layout, weights, beta } }: Call) {
  return { layout, weights, beta };
}

function mustHave<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('missing');
  return value;
}

/** 1 for each element of the input that a window holds. */
function coverage({ axes, inputShape, layout, channels, batch }: PoolGeometry): Uint8Array {
  const held = axes.map((axis) => {
    const along = new Uint8Array(axis.inputSize);
    axis.start.forEach((start, i) => {
      for (let tap = 0; tap < (axis.count[i] as number); tap++) along[start + tap * axis.dilation] = 1;
    });
    return along;
  });
  const spatial = held.reduce<number[]>((all, along) => all.flatMap((one) => Array.from(along, (other) => one & other)), [1]);
  const covered = new Uint8Array(product(inputShape));
  return covered.map(
    (_, i) =>
      spatial[layout === 'channelsFirst' ? i % spatial.length : Math.floor(i / channels) % (covered.length / batch / channels)] as number,
  );
}

/** Which elements of the input are in a window whose output `holds`. */
function coveredBy(geometry: PoolGeometry, outputs: ArrayLike<number>, holds: (output: number) => boolean): boolean[] {
  const size = product(geometry.inputShape);
  // Of equal inputs, all in a window get a share of its gradient.
  const marks = Array.from(outputs, (output) => (holds(output) ? 1 : 0));
  const shares = backward(new Float64Array(size), marks, geometry, { beta: 1, weights: 'perChannel', gradient: 'weights' });
  return Array.from(shares, (share) => share > 0);
}

/** The elements of the first window of the first example, as a tensor without a batch. */
function firstWindow(x: Tensor, { axes, layout, channels, spatialDims }: PoolGeometry): Tensor {
  const counts = axes.map((axis) => axis.count[0] as number);
  const offsets = axes.reduce<number[]>(
    (all, axis, i) =>
      all.flatMap((at) =>
        Array.from({ length: counts[i] as number }, (_, tap) => at * axis.inputSize + (axis.start[0] as number) + tap * axis.dilation),
      ),
    [0],
  );
  const space = axes.reduce((size, axis) => size * axis.inputSize, 1);
  const first = layout === 'channelsFirst';
  const shape = first ? [channels, ...counts] : [...counts, channels];
  const data = x.data.slice(0, channels * offsets.length);
  for (let i = 0; i < data.length; i++) {
    const [c, tap] = first ? [Math.floor(i / offsets.length), i % offsets.length] : [i % channels, Math.floor(i / channels)];
    data[i] = x.data[first ? c * space + (offsets[tap] as number) : (offsets[tap] as number) * channels + c] as number;
  }
  if (shape.length !== spatialDims + 1) throw new Error('a window has as many axes as its tensor');
  return { ...x, data, shape };
}

/** Surrounds a tensor without a batch, with two spatial axes, with `width` elements of −∞. */
function frame(x: Tensor, layout: Layout, width: number): Tensor {
  const first = layout === 'channelsFirst';
  const [channels, rows, columns] = (first ? x.shape : [x.shape[2], x.shape[0], x.shape[1]]) as [number, number, number];
  const [outerRows, outerColumns] = [rows + 2 * width, columns + 2 * width];
  const Constructor = x.data.constructor as new (length: number) => typeof x.data;
  const data = new Constructor(channels * outerRows * outerColumns);
  data.fill(x.dtype === 'float16' && data instanceof Uint16Array ? 0xfc00 : -Infinity);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const from = first ? (c * rows + i) * columns + j : (i * columns + j) * channels + c;
        const [row, column] = [i + width, j + width];
        const to = first ? (c * outerRows + row) * outerColumns + column : (row * outerColumns + column) * channels + c;
        data[to] = x.data[from] as number;
      }
    }
  }
  return { ...x, data, shape: first ? [channels, outerRows, outerColumns] : [outerRows, outerColumns, channels] };
}

/** Moves the channels of a tensor `[N, C, …]` or `[C, …]` to the end. */
function channelsLast(tensor: Tensor, { batch, channels, spatialDims }: PoolGeometry): Tensor {
  const batched = tensor.shape.length === spatialDims + 2;
  const spatial = tensor.shape.slice(batched ? 2 : 1);
  const space = product(spatial);
  const data = tensor.data.slice();
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < space; i++) data[(n * space + i) * channels + c] = tensor.data[(n * channels + c) * space + i] as number;
    }
  }
  return { ...tensor, data, shape: [...tensor.shape.slice(0, batched ? 1 : 0), ...spatial, channels] };
}

/** The same for an output, which may have lost its spatial axes in a global call. */
function turnOutput(tensor: Tensor, { kind, options }: Call, turn: (tensor: Tensor) => Tensor): Tensor {
  return kind === 'global' && options.keepDims === false ? tensor : turn(tensor);
}
