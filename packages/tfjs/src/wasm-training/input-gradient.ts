/**
 * dL/dx of a convolution, as a convolution of dL/dy with the rotated filter.
 *
 * With stride s, the inputs of each remainder modulo s are a convolution of stride 1 with every
 * s-th tap. So there are no multiplications by zeros between the elements of dL/dy. See Shi et al.,
 * "Is the deconvolution layer the same as a convolutional layer?", 2016.
 */
import {
  concat,
  conv2d,
  depthwiseConv2d,
  pad,
  reshape,
  sum,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  type Tensor5D,
  transpose,
} from '@tensorflow/tfjs-core';
import { type Plane, type Quotients, quotientsOf } from './axis.ts';
import { reverseTaps } from './reverse-taps.ts';
import { sliceFirst, sliceImages } from './slices.ts';

/**
 * dL/dx `[N, H, W, C]` from `dy` `[N, oH, oW, O]` and the filter `[kH, kW, C, O]`. One convolution
 * computes all remainders, as channels.
 */
export function inputGradient(dy: Tensor4D, filter: Tensor4D, plane: Plane): Tensor4D {
  const [rows, columns] = plane.map(quotientsOf) as [Quotients, Quotients];
  const [channels, outputs] = [filter.shape[2], filter.shape[3]];
  const taps = transpose(tapsByRemainder(filter, plane), [1, 2, 4, 0, 3]);
  const turned: Tensor4D = reshape(taps, [rows.taps, columns.taps, outputs, -1]);
  const found = conv2d(dy, turned, 1, [[0, 0], rows.pad, columns.pad, [0, 0]]);
  const byRow: Tensor4D = reshape(found, [-1, columns.length, rows.stride, columns.stride * channels]);
  return croppedToInput(transpose(byRow, [0, 2, 1, 3]), dy.shape[0], channels, rows, columns);
}

/**
 * dL/dx `[N, H, W, C]` of a depthwise convolution from `dy` `[N, oH, oW, C·M]` and the filter `[kH,
 * kW, C, M]`.
 */
export function depthwiseInputGradient(dy: Tensor4D, filter: Tensor4D, plane: Plane): Tensor4D {
  const [rows, columns] = plane.map(quotientsOf) as [Quotients, Quotients];
  const [, , channels, multiplier] = filter.shape;
  const taps = tapsByRemainder(filter, plane);
  const dilations: [number, number] = [plane[0].dilation, plane[1].dilation];
  const ofRemainder = (remainder: number): Tensor4D => {
    const turned: Tensor4D = reshape(sliceFirst(taps, remainder, 1), [rows.taps, columns.taps, channels * multiplier, 1]);
    const found = depthwiseConv2d(dy, turned, 1, [[0, 0], rows.pad, columns.pad, [0, 0]], 'NHWC', dilations);
    return multiplier === 1 ? found : sum(reshape(found, [dy.shape[0], rows.length, columns.length, channels, multiplier]), -1);
  };
  const ofRows = Array.from({ length: rows.stride }, (_, row) => {
    const pixels = Array.from({ length: columns.stride }, (_, column): Tensor3D => {
      return reshape(ofRemainder(row * columns.stride + column), [1, -1, channels]);
    });
    return reshape(transpose(concat(pixels, 0), [1, 0, 2]), [-1, 1, columns.length * columns.stride * channels]);
  });
  return croppedToInput(concat(ofRows, 1), dy.shape[0], channels, rows, columns);
}

/**
 * From `[kH, kW, A, B]` to `[remainders of both axes, taps, taps, A, B]`. The taps of each
 * remainder are reversed, with zeros where there are fewer.
 */
function tapsByRemainder(filter: Tensor4D, [rows, columns]: Plane): Tensor5D {
  const [height, width, inputs, outputs] = filter.shape;
  const [high, wide] = [Math.ceil(height / rows.stride), Math.ceil(width / columns.stride)];
  const full = pad(filter, [
    [0, high * rows.stride - height],
    [0, wide * columns.stride - width],
    [0, 0],
    [0, 0],
  ]);
  const split = transpose(reshape(full, [high, rows.stride, wide, columns.stride, inputs * outputs]), [1, 3, 0, 2, 4]);
  return reverseTaps(reshape(split, [rows.stride * columns.stride, high, wide, inputs, outputs]));
}

/** The part of `[N, Q·sH, Q·sW, C]`, in any shape, that is the input. */
function croppedToInput(found: Tensor, images: number, channels: number, rows: Quotients, columns: Quotients): Tensor4D {
  return sliceImages(
    reshape(found, [images, rows.length * rows.stride, columns.length * columns.stride, channels]),
    { start: 0, length: images },
    { start: rows.skip, length: rows.input },
    { start: columns.skip, length: columns.input },
  );
}
