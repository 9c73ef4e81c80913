/** A problem as uniforms, so that one program serves windows and tensors of all sizes. */
import type { PoolGeometry } from 'softpool';
import type { PoolOptions } from '../../ops/kernel.ts';

/** The windows along an axis. An axis that the tensor does not have has length 1. */
type Axis = Pick<PoolGeometry['axes'][number], 'inputSize' | 'outputSize' | 'kernelSize' | 'stride' | 'step' | 'padding'>;

const NO_AXIS: Axis = { inputSize: 1, outputSize: 1, kernelSize: 1, stride: 1, step: 1, padding: [0, 0] };

/**
 * Outside this range, β times a moderate number may overflow or vanish. Such problems take the
 * careful path in every window.
 */
const SMALLEST_BETA = 2 ** -20;
const LARGEST_BETA = 2 ** 20;

/** exp2 of this is 0 in float32, with any rounding. */
const LOWEST_LOGIT = -200;

const LARGEST_INTEGER = 2 ** 31 - 1;

/** What the programs compute, and the number of elements of each kind. */
export interface Problem {
  /** Whether several channels share weights. A single channel has its own. */
  readonly isShared: boolean;
  readonly isExact: boolean;
  readonly inputs: number;
  readonly outputs: number;
  /** Positions of the input, and windows, counted once for all channels. */
  readonly positions: number;
  readonly windows: number;
  /** Taps of the largest window. */
  readonly taps: number;
  /** In the order of {@link UNIFORMS}. */
  readonly uniforms: number[][];
}

/** The uniforms of every program. */
export const UNIFORMS = [
  { name: 'inputSize', type: 'ivec3' }, // depth, height, width
  { name: 'outputSize', type: 'ivec3' },
  { name: 'kernelSize', type: 'ivec3' },
  { name: 'stride', type: 'ivec3' }, // 0 for adaptive bins of unequal size
  { name: 'dilation', type: 'ivec3' },
  { name: 'padding', type: 'ivec3' }, // before the first element
  { name: 'mostTaps', type: 'ivec3' }, // of the largest window
  // Elements between positions: the number of channels if they are last, else 1.
  { name: 'inner', type: 'int' },
  // Outermost elements that share weights: channels if they are first and share, else 1.
  { name: 'planes', type: 'int' },
  { name: 'channels', type: 'int' }, // channels that share weights
  { name: 'isCareful', type: 'int' }, // whether beta is beyond the range of float32 arithmetic
  { name: 'betaExponent', type: 'int' }, // beta log2(e) = betaFraction 2^betaExponent
  { name: 'betaFraction', type: 'float' },
  { name: 'betaScale', type: 'float' }, // beta log2(e)
  { name: 'beta', type: 'float' },
  { name: 'lowest', type: 'float' }, // the difference from the maximum below which a weight is 0
] as const;

/**
 * Makes a problem from a kernel's options and their geometry. Throws a RangeError if the integers
 * of a shader are too small for it.
 */
export function problemOf(geometry: PoolGeometry, { weights, beta = 1, gradient }: PoolOptions): Problem {
  const { layout, batch, channels } = geometry;
  const isShared = weights === 'shared' && channels > 1;
  const isFirst = layout === 'channelsFirst';
  const axes = [NO_AXIS, NO_AXIS, ...geometry.axes].slice(-3);
  axes.forEach(checkReach);
  const mostTaps = [1, 1, ...geometry.axes.map(({ count }) => count.reduce((most, taps) => Math.max(most, taps), 1))].slice(-3);
  const each = (of: (axis: Axis) => number): number[] => axes.map(of);
  const positions = batch * product(each((axis) => axis.inputSize));
  const windows = batch * product(each((axis) => axis.outputSize));
  return {
    isShared,
    isExact: gradient === 'exact',
    inputs: positions * channels,
    outputs: windows * channels,
    positions,
    windows,
    taps: product(mostTaps),
    uniforms: [
      each((axis) => axis.inputSize),
      each((axis) => axis.outputSize),
      each((axis) => axis.kernelSize),
      each((axis) => axis.stride),
      each((axis) => axis.step),
      each((axis) => axis.padding[0]),
      mostTaps,
      [isFirst ? 1 : channels],
      [isFirst && isShared ? channels : 1],
      [channels],
      ...sharpness(beta),
    ],
  };
}

/** The uniforms from isCareful on. */
function sharpness(beta: number): number[][] {
  const isCareful = beta !== 0 && (beta < SMALLEST_BETA || beta > LARGEST_BETA);
  const exponent = beta === 0 ? 0 : Math.floor(Math.log2(beta));
  const scale = isCareful ? 0 : beta * Math.LOG2E;
  return [
    [isCareful ? 1 : 0],
    [exponent + 1],
    [(beta / 2 ** exponent / 2) * Math.LOG2E],
    [scale],
    [isCareful ? 0 : beta],
    [scale === 0 ? -(2 ** 102) : LOWEST_LOGIT / scale],
  ];
}

function checkReach({ inputSize, kernelSize, step, padding: [before] }: Axis): void {
  const reach = inputSize + before + (kernelSize - 1) * step;
  if (reach > LARGEST_INTEGER) {
    throw new RangeError(
      `softPool: on TensorFlow.js's webgl backend an input and its window with padding must reach at most 2^31 − 1 elements, received ${reach}`,
    );
  }
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((size, length) => size * length, 1);
}
