/** Kernels of 3-D convolutions, with the inputs and attributes of TensorFlow.js. */
import {
  backend_util,
  type Conv3DAttrs,
  type Conv3DBackpropFilterV2Attrs,
  type Conv3DBackpropInputV2Attrs,
  type Tensor5D,
  util,
  zeros,
} from '@tensorflow/tfjs-core';
import { type Conv3DInfo, convolution3d, filterGradient3d, inputGradient3d } from './conv3d.ts';

/**
 * `undefined` if the backend's own kernel should run: for little work, and where it skips inputs
 * instead of padding them.
 */
export function conv3D({ x, filter }: { x: Tensor5D; filter: Tensor5D }, { strides, pad, dilations }: Conv3DAttrs): Tensor5D | undefined {
  const info = backend_util.computeConv3DInfo(x.shape, filter.shape, strides, dilations, pad);
  const multiplications = (util.sizeFromShape(info.outShape) * filter.size) / info.outChannels;
  return multiplications < WORTH_PREPARING || isCropped(info) ? undefined : convolution3d(x, filter, info);
}

/**
 * The backend's loop makes about 10⁸ multiplications a second; ours makes fifty times as many,
 * after 0.3 to 0.5 ms of preparation.
 */
const WORTH_PREPARING = 60_000;

/** TensorFlow.js's 'same' padding in 3-D is negative if the stride is longer than the filter. */
function isCropped({ padInfo }: Conv3DInfo): boolean {
  return Math.min(padInfo.front, padInfo.back, padInfo.top, padInfo.bottom, padInfo.left, padInfo.right) < 0;
}

// The gradients of tfjs-backend-wasm 4.22 never run, however little the work: its dL/dx is wrong,
// and so is its dL/dw with a stride other than 1.

export function conv3DBackpropFilterV2(
  { x, dy }: { x: Tensor5D; dy: Tensor5D },
  { strides, pad, filterShape }: Conv3DBackpropFilterV2Attrs,
): Tensor5D {
  if (dy.size === 0) return zeros(filterShape);
  return filterGradient3d(x, dy, backend_util.computeConv3DInfo(x.shape, filterShape, strides, 1, pad));
}

export function conv3DBackpropInputV2(
  { dy, filter }: { dy: Tensor5D; filter: Tensor5D },
  { strides, pad, inputShape }: Conv3DBackpropInputV2Attrs,
): Tensor5D {
  if (dy.size === 0) return zeros(inputShape);
  return inputGradient3d(dy, filter, backend_util.computeConv3DInfo(inputShape, filter.shape, strides, 1, pad));
}
