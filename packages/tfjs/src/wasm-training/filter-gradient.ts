/**
 * dL/dw of a convolution. For 2-D, w[i, j, c, o] gets the correlation of channel c of `x` with
 * channel o of dL/dy, at the shift of tap (i, j). That is a convolution which the backend has: of
 * `x`, with channels and batch exchanged, with `dy` as the filter. Its dilation is the stride, and
 * its stride is the dilation.
 */
import { concat, conv2d, reshape, stridedSlice, type Tensor3D, type Tensor4D, transpose } from '@tensorflow/tfjs-core';
import type { Plane } from './axis.ts';
import { type Block, sumOverBlocks, sumOverRows } from './blocks.ts';
import { sliceFirst } from './slices.ts';

/** dL/dw `[kH, kW, C, O]` from `x` `[N, H, W, C]` and `dy` `[N, oH, oW, O]`. */
export function filterGradient(x: Tensor4D, dy: Tensor4D, plane: Plane): Tensor4D {
  if (isPointwise(plane)) return pointwiseFilterGradient(x, dy);
  const [rows, columns] = plane;
  return sumOverBlocks(x, dy, plane, [rows.kernel, columns.kernel, x.shape[3], dy.shape[3]], (block) =>
    transpose(correlate(transpose(block.x, [3, 1, 2, 0]), transpose(block.dy, [1, 2, 0, 3]), block), [1, 2, 0, 3]),
  );
}

/**
 * dL/dw `[kH, kW, C, M]` of a depthwise convolution from `x` `[N, H, W, C]` and `dy` `[N, oH, oW,
 * C·M]`.
 */
export function depthwiseFilterGradient(x: Tensor4D, dy: Tensor4D, plane: Plane): Tensor4D {
  const [rows, columns] = plane;
  const channels = x.shape[3];
  const multiplier = dy.shape[3] / channels;
  const taps = rows.kernel * columns.kernel;
  const group = Math.max(1, Math.floor(OUTPUTS_AT_ONCE / multiplier));
  const gradient = sumOverBlocks<Tensor3D>(x, dy, plane, [channels, taps, multiplier], (block) => {
    const xByChannel = transpose(block.x, [3, 1, 2, 0]);
    const dyByChannel = transpose(block.dy, [3, 1, 2, 0]);
    const ofGroups: Tensor3D[] = [];
    for (let start = 0; start < channels; start += group) {
      const length = Math.min(group, channels - start);
      const dyOfGroup = transpose(sliceFirst(dyByChannel, start * multiplier, length * multiplier), [1, 2, 3, 0]);
      const pairs = correlate(sliceFirst(xByChannel, start, length), dyOfGroup, block);
      ofGroups.push(pairsOfSameChannel(reshape(pairs, [length, taps, length, multiplier])));
    }
    return concat(ofGroups);
  });
  return reshape(transpose(gradient, [1, 0, 2]), [rows.kernel, columns.kernel, channels, multiplier]);
}

/**
 * How many output channels the backend's convolution computes in the time of one. So many channels
 * of a depthwise convolution are correlated with each other at once, which is faster than one after
 * the other. The correlations of different channels are dropped.
 */
const OUTPUTS_AT_ONCE = 8;

/**
 * From `[G, taps, G, M]`, each channel of a group with each, to `[G, taps, M]`, each with itself.
 */
function pairsOfSameChannel(pairs: Tensor4D): Tensor3D {
  const [group, taps, , multiplier] = pairs.shape;
  const eachWithEach = reshape(transpose(pairs, [0, 2, 1, 3]), [group * group, taps * multiplier]);
  const diagonal = stridedSlice(eachWithEach, [0, 0], [group * group, taps * multiplier], [group + 1, 1]);
  return reshape(diagonal, [group, taps, multiplier]);
}

/** `[C, kH, kW, O]` from `x` `[C, H, W, N]` and `dy` `[oH, oW, N, O]`. */
function correlate(x: Tensor4D, dy: Tensor4D, { plane: [rows, columns], read: [high, wide] }: Block): Tensor4D {
  const pad: [[number, number], [number, number], [number, number], [number, number]] = [
    [0, 0],
    [high.before, high.after],
    [wide.before, wide.after],
    [0, 0],
  ];
  return conv2d(x, dy, [rows.dilation, columns.dilation], pad, 'NHWC', [rows.stride, columns.stride]);
}

function isPointwise(plane: Plane): boolean {
  return plane.every(({ input, output, kernel, stride }) => kernel === 1 && stride === 1 && output === input);
}

/**
 * For a 1×1 convolution dL/dw is the matrix product xᵀ·dy: `x`, as a single row of C pixels,
 * convolved with `dy`.
 */
function pointwiseFilterGradient(x: Tensor4D, dy: Tensor4D): Tensor4D {
  const [channels, outputs] = [x.shape[3], dy.shape[3]];
  return sumOverRows(reshape(x, [-1, channels]), reshape(dy, [-1, outputs]), [1, 1, channels, outputs], (someX, someDy) => {
    const pixels = someX.shape[0];
    const row: Tensor4D = reshape(transpose(someX), [1, 1, channels, pixels]);
    return conv2d<Tensor4D>(row, reshape(someDy, [1, 1, pixels, outputs]), 1, 'valid');
  });
}
