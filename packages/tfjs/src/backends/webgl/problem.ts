/** A problem as uniforms, so that one program serves windows and tensors of all sizes. */
import type { PoolGeometry } from 'softpool';
import { product, type Sharpness, sharpness } from 'softpool/internal';
import type { PoolOptions } from '../../ops/kernel.ts';

/** The windows along an axis. An axis that the tensor does not have has length 1. */
type Axis = Pick<PoolGeometry['axes'][number], 'inputSize' | 'outputSize' | 'kernelSize' | 'stride' | 'dilation' | 'padding'>;

const NO_AXIS: Axis = { inputSize: 1, outputSize: 1, kernelSize: 1, stride: 1, dilation: 1, padding: [0, 0] };

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
      each((axis) => axis.dilation),
      each((axis) => axis.padding[0]),
      mostTaps,
      [isFirst ? 1 : channels],
      [isFirst && isShared ? channels : 1],
      [channels],
      ...uniformsOf(sharpness(beta)),
    ],
  };
}

/** The uniforms from isCareful on. */
function uniformsOf({ isCareful, exponent, mantissa, scale, moderate, lowest }: Sharpness): number[][] {
  return [[isCareful ? 1 : 0], [exponent], [mantissa], [scale], [moderate], [lowest]];
}

function checkReach({ inputSize, kernelSize, dilation, padding: [before] }: Axis): void {
  const reach = inputSize + before + (kernelSize - 1) * dilation;
  if (reach > LARGEST_INTEGER) {
    throw new RangeError(
      `softPool: on TensorFlow.js's webgl backend an input and its window with padding must reach at most 2^31 − 1 elements, received ${reach}`,
    );
  }
}
