/** Kernels of 3-D max pooling, with the inputs and attributes of TensorFlow.js. */
import { backend_util, type MaxPool3DAttrs, type MaxPool3DGradAttrs, type Tensor5D, tensor5d } from '@tensorflow/tfjs-core';

// Those of tfjs-backend-wasm 4.22 are wrong where a window has no positive number: they give
// 1.2e-38, and dL/dx at another place or nowhere.

export function maxPool3D({ x }: { x: Tensor5D }, { filterSize, strides, pad, dimRoundingMode }: MaxPool3DAttrs): Tensor5D {
  const info = backend_util.computePool3DInfo(x.shape, filterSize, strides, 1, pad, dimRoundingMode);
  const [batch, depth, height, width, channels] = info.outShape;
  const values = x.dataSync();
  const maxima = new Float32Array(batch * depth * height * width * channels).fill(Number.NEGATIVE_INFINITY);
  forEachTap(info, (pixel, output) => {
    for (let channel = 0; channel < channels; channel++) {
      const value = values[pixel + channel] as number;
      if (value > (maxima[output + channel] as number)) maxima[output + channel] = value;
    }
  });
  return tensor5d(maxima, info.outShape, x.dtype);
}

/** The gradient of an output goes to the first maximum of its window. */
export function maxPool3DGrad(
  { dy, input }: { dy: Tensor5D; input: Tensor5D },
  { filterSize, strides, pad, dimRoundingMode }: MaxPool3DGradAttrs,
): Tensor5D {
  const info = backend_util.computePool3DInfo(input.shape, filterSize, strides, 1, pad, dimRoundingMode);
  const [x, gradients, channels] = [input.dataSync(), dy.dataSync(), info.inChannels];
  const positions = new Int32Array(dy.size).fill(-1);
  forEachTap(info, (pixel, output) => {
    for (let channel = 0; channel < channels; channel++) {
      const largest = positions[output + channel] as number;
      if (largest < 0 || (x[pixel + channel] as number) > (x[largest] as number)) positions[output + channel] = pixel + channel;
    }
  });
  const dx = new Float32Array(input.size);
  for (let output = 0; output < positions.length; output++) {
    const position = positions[output] as number;
    dx[position] = (dx[position] as number) + (gradients[output] as number);
  }
  return tensor5d(dx, info.inShape);
}

/**
 * Calls `visit` for each pixel of each window, in order, with the positions of its first channel
 * and of the output's.
 */
function forEachTap(info: backend_util.Conv3DInfo, visit: (pixel: number, output: number) => void): void {
  const { inDepth, inHeight, inWidth, inChannels, padInfo } = info;
  const depths = spans(inDepth, info.outDepth, info.filterDepth, info.strideDepth, padInfo.front);
  const heights = spans(inHeight, info.outHeight, info.filterHeight, info.strideHeight, padInfo.top);
  const widths = spans(inWidth, info.outWidth, info.filterWidth, info.strideWidth, padInfo.left);
  let output = 0;
  const visitWindow = (clip: number, [front, back]: Span, [top, bottom]: Span, [left, right]: Span): void => {
    for (let frame = front; frame < back; frame++) {
      for (let row = top; row < bottom; row++) {
        const start = ((clip * inDepth + frame) * inHeight + row) * inWidth;
        for (let column = left; column < right; column++) visit((start + column) * inChannels, output);
      }
    }
    output += inChannels;
  };
  for (let clip = 0; clip < info.batchSize; clip++) {
    for (const depth of depths) {
      for (const height of heights) {
        for (const width of widths) visitWindow(clip, depth, height, width);
      }
    }
  }
}

type Span = readonly [start: number, end: number];

/** The inputs of each window along an axis. */
function spans(size: number, windows: number, kernel: number, stride: number, before: number): Span[] {
  return Array.from({ length: windows }, (_, window) => {
    const start = window * stride - before;
    return [Math.max(0, start), Math.min(size, start + kernel)];
  });
}
