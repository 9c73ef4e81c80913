/**
 * 3-D convolutions as sums of 2-D ones, which the backend computes fast: one slice of the filter
 * after the other, with the frames that it meets as images.
 */
import { type backend_util, concat, conv2d, pad, reshape, slice, type Tensor4D, type Tensor5D, tidy } from '@tensorflow/tfjs-core';
import { planeOf, quotientsOf } from './axis.ts';
import { filterGradient } from './filter-gradient.ts';
import { inputGradient } from './input-gradient.ts';
import { sliceFirst, sliceImages } from './slices.ts';
import { sumOf } from './sum-of.ts';

export type Conv3DInfo = ReturnType<typeof backend_util.computeConv3DInfo>;

/** `[N, oD, oH, oW, O]` from `x` `[N, D, H, W, C]` and the filter `[kD, kH, kW, C, O]`. */
export function convolution3d(x: Tensor5D, filter: Tensor5D, info: Conv3DInfo): Tensor5D {
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = info;
  const padding: [[number, number], [number, number], [number, number], [number, number]] = [
    [0, 0],
    [padInfo.top, padInfo.bottom],
    [padInfo.left, padInfo.right],
    [0, 0],
  ];
  const framesAt = framesByTap(x, info);
  const terms = tapsOf(info).map(
    (tap) => () =>
      conv2d(framesAt(tap), filterAt(filter, tap), [strideHeight, strideWidth], padding, 'NHWC', [dilationHeight, dilationWidth]),
  );
  return reshape(sumOf(info.outShape, terms), info.outShape);
}

/** dL/dw `[kD, kH, kW, C, O]` from `x` `[N, D, H, W, C]` and `dy` `[N, oD, oH, oW, O]`. */
export function filterGradient3d(x: Tensor5D, dy: Tensor5D, info: Conv3DInfo): Tensor5D {
  const framesAt = framesByTap(x, info);
  const images: Tensor4D = reshape(dy, [-1, info.outHeight, info.outWidth, info.outChannels]);
  const ofTaps = tapsOf(info).map((tap) => tidy(() => filterGradient(framesAt(tap), images, planeOf(info))));
  return reshape(concat(ofTaps, 0), info.filterShape);
}

/**
 * dL/dx `[N, D, H, W, C]` from `dy` `[N, oD, oH, oW, O]` and the filter `[kD, kH, kW, C, O]`. The
 * depth also goes by remainders of the stride.
 */
export function inputGradient3d(dy: Tensor5D, filter: Tensor5D, info: Conv3DInfo): Tensor5D {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const depth = quotientsOf({
    input: info.inDepth,
    output: info.outDepth,
    kernel: info.filterDepth,
    stride: info.strideDepth,
    dilation: info.dilationDepth,
    before: info.padInfo.front,
  });
  const padded = pad(reshape(dy, [batchSize, info.outDepth, outHeight * outWidth * outChannels]), [[0, 0], depth.pad, [0, 0]]);
  const ofRemainders = Array.from({ length: depth.stride }, (_, remainder) => {
    // The first frame meets the last tap of the remainder.
    const taps = Array.from({ length: depth.taps }, (_, frame) => ({ frame, tap: remainder + depth.stride * (depth.taps - 1 - frame) }));
    const terms = taps
      .filter(({ tap }) => tap < info.filterDepth)
      .map(({ frame, tap }) => () => {
        const frames = slice(padded, [0, frame, 0], [batchSize, depth.length, -1]);
        return inputGradient(reshape(frames, [-1, outHeight, outWidth, outChannels]), filterAt(filter, tap), planeOf(info));
      });
    const found = sumOf([batchSize * depth.length, inHeight, inWidth, inChannels], terms);
    return reshape(found, [batchSize * depth.length, 1, -1]);
  });
  const frames: Tensor4D = reshape(concat(ofRemainders, 1), [batchSize, depth.length * depth.stride, inHeight * inWidth, inChannels]);
  const all = { start: 0, length: inHeight * inWidth };
  return reshape(sliceImages(frames, { start: 0, length: batchSize }, { start: depth.skip, length: depth.input }, all), info.inShape);
}

function tapsOf({ filterDepth }: Conv3DInfo): number[] {
  return Array.from({ length: filterDepth }, (_, tap) => tap);
}

function filterAt(filter: Tensor5D, tap: number): Tensor4D {
  const [, height, width, inputs, outputs] = filter.shape;
  return reshape(sliceFirst(filter, tap, 1), [height, width, inputs, outputs]);
}

/** The frames of `x` that tap `d` of the filter's depth meets: `[N·oD, H, W, C]`. */
function framesByTap(x: Tensor5D, info: Conv3DInfo): (tap: number) => Tensor4D {
  const { batchSize, inDepth, inHeight, inWidth, inChannels, outDepth, strideDepth, dilationDepth, filterDepth } = info;
  const frame = inHeight * inWidth * inChannels;
  // If the stride is longer than the filter, TensorFlow.js's 'same' padding is negative: it skips
  // frames.
  const before = Math.max(0, info.padInfo.front);
  const left = Math.max(0, -info.padInfo.front);
  const clips = slice(reshape(x, [batchSize, inDepth, frame]), [0, left, 0], [batchSize, inDepth - left, frame]);
  // Rounded up to whole strides, so that every stride-th frame from a tap's first is a slice.
  const strides = Math.max(
    outDepth + Math.floor(((filterDepth - 1) * dilationDepth) / strideDepth),
    Math.ceil((before + inDepth - left) / strideDepth),
  );
  const padded = pad(clips, [
    [0, 0],
    [before, strides * strideDepth - before - (inDepth - left)],
    [0, 0],
  ]);
  const split: Tensor4D = reshape(padded, [batchSize, strides, strideDepth, frame]);
  return (tap) => {
    const first = tap * dilationDepth;
    const frames = slice(split, [0, Math.floor(first / strideDepth), first % strideDepth, 0], [batchSize, outDepth, 1, frame]);
    return reshape(frames, [-1, inHeight, inWidth, inChannels]);
  };
}
