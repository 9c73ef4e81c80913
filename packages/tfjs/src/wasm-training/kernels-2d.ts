/** Kernels of 2-D convolutions, with the inputs and attributes of TensorFlow.js. */
import {
  backend_util,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { planeOf } from './axis.ts';
import { depthwiseFilterGradient, filterGradient } from './filter-gradient.ts';
import { depthwiseInputGradient, inputGradient } from './input-gradient.ts';

export function conv2DBackpropFilter({ x, dy }: { x: Tensor4D; dy: Tensor4D }, attrs: Conv2DBackpropFilterAttrs): Tensor4D {
  const { strides, pad, dataFormat, dimRoundingMode, filterShape } = attrs;
  if (dataFormat !== 'NHWC') {
    throw new Error(
      `Conv2DBackpropFilter: the wasm backend only supports channels last, received dataFormat '${dataFormat}'. ` +
        `Use 'NHWC' ('channelsLast' in layers).`,
    );
  }
  return filterGradient(x, dy, planeOf(backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode)));
}

/** `undefined` if the backend's own kernel should run: for little work, and with channels first. */
export function conv2DBackpropInput(
  { dy, filter }: { dy: Tensor4D; filter: Tensor4D },
  attrs: Conv2DBackpropInputAttrs,
): Tensor4D | undefined {
  const { strides, pad, dataFormat, dimRoundingMode, inputShape } = attrs;
  if (dataFormat !== 'NHWC' || multiplications(dy, filter) < WORTH_PREPARING) return undefined;
  return inputGradient(dy, filter, planeOf(backend_util.computeConv2DInfo(inputShape, filter.shape, strides, 1, pad, dimRoundingMode)));
}

/**
 * The backend's loop makes about 10⁹ multiplications a second; ours makes ten times as many, after
 * 0.1 to 0.3 ms of preparation.
 */
const WORTH_PREPARING = 200_000;

function multiplications(dy: Tensor4D, filter: Tensor4D): number {
  return (dy.size * filter.size) / filter.shape[3];
}

export function depthwiseConv2dNativeBackpropFilter(
  { x, dy }: { x: Tensor4D; dy: Tensor4D },
  { strides, dilations, pad, dimRoundingMode, filterShape }: DepthwiseConv2dNativeBackpropFilterAttrs,
): Tensor4D {
  const info = backend_util.computeConv2DInfo(x.shape, filterShape, strides, dilations, pad, dimRoundingMode, true);
  return depthwiseFilterGradient(x, dy, planeOf(info));
}

export function depthwiseConv2dNativeBackpropInput(
  { dy, filter }: { dy: Tensor4D; filter: Tensor4D },
  { strides, dilations, pad, dimRoundingMode, inputShape }: DepthwiseConv2dNativeBackpropInputAttrs,
): Tensor4D {
  const info = backend_util.computeConv2DInfo(inputShape, filter.shape, strides, dilations, pad, dimRoundingMode, true);
  const plane = planeOf(info);
  if (plane.some(({ stride, dilation }) => stride > 1 && dilation > 1)) {
    throw new Error(
      `DepthwiseConv2dNativeBackpropInput: strides or dilations must be 1 along each axis, received strides [${strides}] and dilations [${dilations}].`,
    );
  }
  return depthwiseInputGradient(dy, filter, plane);
}
