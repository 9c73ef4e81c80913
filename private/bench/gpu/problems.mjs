// What is measured: windows over tensors, and the bytes that each pass must move.
import { poolGeometry } from 'softpool';
import { sizeOf } from '../activations.mjs';

/**
 * @typedef {2 | 3} Dims
 * @typedef {'float32' | 'float16'} DType
 * @typedef {'forward' | 'weights' | 'exact'} Pass - Forward, or backward with that gradient.
 * @typedef {{ kernelSize: number, stride: number, padding: number }} Window
 *
 * @typedef {object} Problem
 * @property {Dims} dims
 * @property {Window} window
 * @property {DType} dtype
 * @property {import('softpool').Layout} layout
 * @property {Pass} pass
 * @property {readonly number[]} inputShape - In the layout's order.
 * @property {readonly number[]} outputShape
 */

/** @type {readonly Window[]} */
export const WINDOWS = [
  { kernelSize: 2, stride: 2, padding: 0 },
  { kernelSize: 3, stride: 2, padding: 1 },
];

/** @type {readonly DType[]} */
const DTYPES = ['float32', 'float16'];

/** @type {readonly import('softpool').Layout[]} */
const LAYOUTS = ['channelsFirst', 'channelsLast'];

/**
 * How much is measured: shapes are in the order channelsFirst. The full extent is that of the published figures; the quick one is for software
 * adapters, which compile each program for a second.
 *
 * @typedef {{ shapes: Record<Dims, readonly number[]>, passes: readonly Pass[], clearing: boolean, rounds: number, sampleMilliseconds: number }} Extent
 * @type {Record<'full' | 'quick', Extent>}
 */
export const EXTENTS = {
  full: {
    shapes: { 2: [32, 64, 112, 112], 3: [8, 64, 16, 56, 56] },
    passes: ['forward', 'weights', 'exact'],
    clearing: true,
    rounds: 15,
    sampleMilliseconds: 10,
  },
  quick: {
    shapes: { 2: [2, 16, 56, 56], 3: [2, 16, 8, 28, 28] },
    passes: ['forward', 'weights'],
    clearing: false,
    rounds: 3,
    sampleMilliseconds: 2,
  },
};

/**
 * All problems of windows over a tensor.
 *
 * @param {Dims} dims
 * @param {Window} window
 * @param {Extent} extent
 * @returns {Problem[]}
 */
export function problemsOf(dims, window, { shapes, passes }) {
  const shape = shapes[dims];
  return passes.flatMap((pass) =>
    DTYPES.flatMap((dtype) => LAYOUTS.map((layout) => problemOf({ dims, window, dtype, layout, pass }, shape))),
  );
}

/**
 * @param {Omit<Problem, 'inputShape' | 'outputShape'>} what
 * @param {readonly number[]} shape - In the order channelsFirst.
 * @returns {Problem}
 */
export function problemOf(what, shape) {
  const [batch = 1, channels = 1, ...spatial] = shape;
  const inputShape = what.layout === 'channelsFirst' ? shape : [batch, ...spatial, channels];
  const { outputShape } = poolGeometry(inputShape, { ...what.window, layout: what.layout, spatialDims: what.dims });
  return { ...what, inputShape, outputShape };
}

/** @param {DType} dtype */
export function bytesOf(dtype) {
  return dtype === 'float16' ? 2 : 4;
}

/**
 * Bytes that must cross the memory, whatever the algorithm: forward x is read and y written, backward x and dy are read and dx is written.
 *
 * @param {Problem} problem
 */
export function bytesMoved({ pass, dtype, inputShape, outputShape }) {
  const inputs = pass === 'forward' ? 1 : 2;
  return bytesOf(dtype) * (inputs * sizeOf(inputShape) + sizeOf(outputShape));
}

/** @param {Pass} pass */
export function passName(pass) {
  return pass === 'forward' ? 'forward' : `backward, ${pass}`;
}

/**
 * @param {Dims} dims
 * @param {Window} window
 */
export function windowName(dims, { kernelSize, stride, padding }) {
  return `${Array(dims).fill(kernelSize).join('×')}/${stride}${padding === 0 ? '' : ` pad ${padding}`}`;
}
