/**
 * The specification that every backend is tested with: properties over the whole grid of problems
 * (problems.ts) against the definition, within the contract's tolerances (tolerances.ts).
 * fast-check prints the seed of a failure.
 *
 * A backend that cannot do something gives a reason, which becomes the name of a skipped test.
 *
 * Tests tagged `sampled` are given fewer problems, sizes and tensors by `npm test` than by
 * `npm run test:long`. For a brief backend `npm test` runs half of the grid.
 */
import fc from 'fast-check';
import type { Gradient, Layout, PoolOptions, Weights } from 'softpool/internal';
import { backward, forward } from 'softpool/internal';
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import type { Amount } from './amount.ts';
import { type Backend, type Call, type Dims, geometryOf, pool, poolGrad } from './backend.ts';
import { allowance, dtypeOfTensor, expectForm, expectWithin, keeping, numbersOf } from './expect.ts';
import { specifyLargeTensors } from './large.ts';
import { specifyManyWindows } from './many-windows.ts';
import {
  GRADIENT_DISTRIBUTIONS,
  type GradientDistribution,
  isThere,
  makeProblem,
  operatorOf,
  type Part,
  type Problem,
  problems,
  STORAGES,
  type Storage,
} from './problems.ts';
import { specifyCancelingGradients, specifyProperties, specifyTinyGradients } from './properties.ts';
import { allBounds, type GradientBounds } from './tolerances.ts';

/** A backend to test. */
export interface Subject {
  readonly name: string;
  /** Called once, before the first test. */
  readonly open: () => Backend | Promise<Backend>;
  /** Called once, after the last test. */
  readonly close?: (backend: Backend) => void | Promise<void>;
  /**
   * Whether fewer problems, sizes and large tensors are enough: if every call takes long, as on a
   * software GPU, or if the same kernels have a specification of their own. Default: true in a
   * page, where only memory and threads may differ from Node.
   */
  readonly isBrief?: boolean;
  /**
   * The number of problems drawn for each test by `npm run test:long`, if still fewer are enough.
   * `npm test` draws a quarter of them.
   */
  readonly runs?: number;
  /** What the backend cannot do, and why. */
  readonly cannot?: Partial<Record<Storage | (typeof CAPABILITIES)[number], string>>;
}

/** What some backends lack. */
const CAPABILITIES = ['every size', 'many windows', 'tiny gradients', 'huge gradients', 'canceling gradients', 'large tensors'] as const;

const LAYOUTS: readonly Layout[] = ['channelsFirst', 'channelsLast'];
const WEIGHTS: readonly Weights[] = ['perChannel', 'shared'];

/** The first two have each layout and each kind of weights once. */
const LAYOUTS_AND_WEIGHTS: readonly [Layout, Weights][] = [
  ['channelsFirst', 'perChannel'],
  ['channelsLast', 'shared'],
  ['channelsFirst', 'shared'],
  ['channelsLast', 'perChannel'],
];
const GRADIENTS: readonly Gradient[] = ['weights', 'exact'];

/** The windows that networks use most, for which backends have special kernels. */
const COMMON_WINDOWS: readonly [string, Dims, PoolOptions][] = [
  ['1-D, 2/2', 1, { kernelSize: 2 }],
  ['2-D, 2/2', 2, { kernelSize: 2 }],
  ['2-D, 3/2', 2, { kernelSize: 3, stride: 2 }],
  ['2-D, 3/2 padded by 1', 2, { kernelSize: 3, stride: 2, padding: 1 }],
  ['3-D, 2/2', 3, { kernelSize: 2 }],
];

const specification = inject('specification');

/** The number of problems drawn for each test by `npm run test:long`. */
const RUNS = 100;
const BRIEF_RUNS = 40;

/** Sizes of an axis. All of them have every remainder of vectors and tiles. */
const SIZES: Readonly<Record<Amount, readonly number[]>> = {
  all: Array.from({ length: 40 }, (_, i) => i + 1),
  some: [2, 5, 8, 33],
  few: [2, 5, 33],
};

/** Declares the tests of one backend. */
export function specify({
  name,
  open,
  close,
  isBrief = 'document' in globalThis,
  runs: mostRuns = isBrief ? BRIEF_RUNS : RUNS,
  cannot = {},
}: Subject): void {
  const { isWhole } = specification;
  const few = Math.ceil(mostRuns / 4);
  // The others, which `npm test` did not draw.
  const runs = specification.runs ?? (isWhole ? mostRuns - few : few);
  const amount: Amount = !isWhole ? 'few' : isBrief ? 'some' : 'all';
  describe(name, () => {
    let opened: Backend | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => {
      if (opened !== undefined) await close?.(opened);
    });
    const backend = (): Backend => {
      if (opened === undefined) throw new Error(`${name} is not open`);
      return opened;
    };
    for (const storage of STORAGES) {
      const reason = cannot[storage] ?? (isThere(storage) ? undefined : 'this engine lacks it');
      if (reason === undefined) {
        const isLeftOut = (distribution: GradientDistribution): boolean =>
          (distribution === 'tiny' && cannot['tiny gradients'] !== undefined) ||
          (distribution === 'near the ends of the range' && cannot['huge gradients'] !== undefined);
        const part: Part = { storage, dyDistributions: GRADIENT_DISTRIBUTIONS.filter((each) => !isLeftOut(each)) };
        describe(storage, () => {
          specifyGrid(backend, part, runs, isBrief);
          if (cannot['every size'] === undefined) specifyEverySize(backend, storage, SIZES[amount], isBrief);
          specifyEmptyBatches(backend, storage);
          specifyProperties(backend, part, runs);
          if (cannot['tiny gradients'] === undefined) specifyTinyGradients(backend, storage, runs);
          if (cannot['canceling gradients'] === undefined) specifyCancelingGradients(backend, storage, runs);
          if (cannot['many windows'] === undefined) specifyManyWindows(backend, storage, amount);
        });
      } else {
        test.skip(`${storage}: ${reason}`, () => {});
      }
    }
    if (cannot['large tensors'] === undefined) specifyLargeTensors(backend, amount, isBrief);
    for (const capability of CAPABILITIES) {
      const reason = cannot[capability];
      if (reason !== undefined) test.skip(`${capability}: ${reason}`, () => {});
    }
  });
}

function specifyGrid(backend: () => Backend, part: Part, runs: number, isBrief: boolean): void {
  describe.each([1, 2, 3] as const)('follows the definition in %i-D', (dims) => {
    for (const [i, [layout, weights]] of LAYOUTS_AND_WEIGHTS.entries()) {
      test(`${layout}, ${weights}`, { tags: isBrief && i >= 2 ? 'long' : 'sampled' }, async () => {
        const property = fc.asyncProperty(problems({ ...part, dims, layout, weights }), (problem) => followsDefinition(backend(), problem));
        await fc.assert(property, { numRuns: runs });
      });
    }
  });
}

function specifyEverySize(backend: () => Backend, storage: Storage, axisSizes: readonly number[], isBrief: boolean): void {
  describe(`follows the definition at ${axisSizes.length} sizes of an axis from 1 to 40`, () => {
    for (const [i, [name, dims, window]] of COMMON_WINDOWS.entries()) {
      for (const [j, layout] of LAYOUTS.entries()) {
        test(`${name}, ${layout}`, { tags: isBrief && (i + j) % 2 === 1 ? 'long' : 'sampled' }, async () => {
          for (const size of axisSizes) {
            const check = async (channels: number, spatial: number[], options: PoolOptions): Promise<void> => {
              const call: Call = { kind: 'pool', dims, options: { ...options, layout } };
              const shape = layout === 'channelsFirst' ? [channels, ...spatial] : [...spatial, channels];
              // An input too small for the window is tested in pool-geometry.test.ts.
              if (geometryOf(call, shape) !== undefined)
                await followsDefinition(backend(), makeProblem(call, shape, storage, 'normal', 'normal', size));
            };
            const others = [5, 4].slice(0, dims - 1);
            const [ceilMode, weights] = [size % 3 === 0, WEIGHTS[size % 2]];
            await check(1 + (size % 3), [...others, size], { ...window, ceilMode });
            await check(1 + (size % 5), [...others, size], { ...window, ceilMode: !ceilMode, weights: 'shared' });
            await check(size, [4, 5, 6].slice(0, dims), { ...window, ceilMode, weights });
            if (dims > 1) await check(2, [size, ...others], { ...window, ceilMode, weights });
          }
        });
      }
    }
  });
}

function specifyEmptyBatches(backend: () => Backend, storage: Storage): void {
  test('of a batch of 0 gives an empty result, forward and backward', async () => {
    const shapes = [
      [0, 3, 8],
      [0, 3, 8, 6],
      [0, 3, 4, 8, 6],
    ];
    for (const [i, shape] of shapes.entries()) {
      const dims = (i + 1) as Dims;
      for (const weights of WEIGHTS) {
        const calls: Call[] = [
          { kind: 'pool', dims, options: { kernelSize: 2, weights } },
          { kind: 'adaptive', dims, options: { outputSize: 3, weights, layout: 'channelsLast' } },
          { kind: 'global', dims, options: { spatialDims: dims, weights } },
        ];
        for (const call of calls) await followsDefinition(backend(), makeProblem(call, shape, storage, 'normal', 'normal', 1));
      }
    }
  });
}

/**
 * Forward and both gradients of a problem are the definition's; the inputs are as they were, and
 * the results are not theirs.
 */
async function followsDefinition(backend: Backend, { call, geometry, x, dy }: Problem): Promise<void> {
  const dtype = dtypeOfTensor(x);
  const [input, outputGradient] = [numbersOf(x), numbersOf(dy)];
  await keeping([x, dy], async () => {
    const operator = operatorOf(call, 'weights');
    const y = await pool(backend, call, x);
    const { forward: bounds, gradients } = allBounds(input, outputGradient, geometry, operator, GRADIENTS, dtype);
    expectForm('y', y, x, geometry.outputShape);
    expectWithin('y', y, forward(input, geometry, operator), bounds.tolerance);
    const output = numbersOf(y);
    for (let i = 0; i < output.length; i++) {
      const value = output[i] as number;
      if (!Number.isFinite(value)) continue;
      const [least, largest, mean] = [bounds.least[i] as number, bounds.largest[i] as number, bounds.mean[i] as number];
      const slack = allowance(dtype, bounds.tolerance[i] as number, value);
      if (value < least || value > largest) throw new Error(`y[${i}] is ${value}, outside of its window's [${least}, ${largest}]`);
      if (operator.weights === 'perChannel' && value < mean - slack)
        throw new Error(`y[${i}] is ${value}, below its window's mean ${mean}`);
    }
    for (const [i, gradient] of GRADIENTS.entries()) {
      const dx = await poolGrad(backend, call, x, dy, gradient);
      const exactly = operatorOf(call, gradient);
      const { tolerance } = gradients[i] as GradientBounds;
      expectForm('dx', dx, x, geometry.inputShape);
      expectWithin(`dx (${gradient})`, dx, backward(input, outputGradient, geometry, exactly, dtype), tolerance);
    }
  });
}
