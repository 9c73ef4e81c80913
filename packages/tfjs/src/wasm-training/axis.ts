/**
 * One spatial axis of a convolution, as TensorFlow.js computes it. `input` and `output` are
 * lengths, and `before` is the padding before the input.
 */
export interface Axis {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
}

/** The common part of `backend_util.computeConv2DInfo` and `computeConv3DInfo`. */
interface ConvInfo {
  readonly inHeight: number;
  readonly inWidth: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padInfo: { readonly top: number; readonly left: number };
}

/** The height and the width of a convolution. */
export type Plane = readonly [rows: Axis, columns: Axis];

export function planeOf(info: ConvInfo): Plane {
  return [
    {
      input: info.inHeight,
      output: info.outHeight,
      kernel: info.filterHeight,
      stride: info.strideHeight,
      dilation: info.dilationHeight,
      before: info.padInfo.top,
    },
    {
      input: info.inWidth,
      output: info.outWidth,
      kernel: info.filterWidth,
      stride: info.strideWidth,
      dilation: info.dilationWidth,
      before: info.padInfo.left,
    },
  ];
}

/** The inputs that some outputs read, and the zeros before and after them. */
export interface Span {
  readonly start: number;
  readonly length: number;
  readonly before: number;
  readonly after: number;
}

/**
 * The part of an axis that outputs `from` to `to` (excluded) read. Its length is 0 if they read
 * only padding.
 */
export function inputsOf({ input, kernel, stride, dilation, before }: Axis, from: number, to: number): Span {
  const first = from * stride - before;
  const last = (to - 1) * stride + (kernel - 1) * dilation - before;
  const start = Math.max(0, first);
  const end = Math.min(input, last + 1);
  return { start, length: Math.max(0, end - start), before: Math.max(0, -first), after: Math.max(0, last + 1 - input) };
}

/**
 * How dL/dx is computed along an axis. Input h, counted from the start of the padding, gets from
 * output o the contribution of tap h − s·o, where s is the stride. With h = s·q + r that is tap r +
 * s·j from output q − j. So the inputs of one remainder r are a convolution with stride 1.
 */
export interface Quotients extends Pick<Axis, 'input' | 'stride'> {
  readonly taps: number;
  readonly pad: [before: number, after: number];
  /** How many inputs of each remainder it computes. */
  readonly length: number;
  /** The first result that is an input: results before it are padding. */
  readonly skip: number;
}

/** For an axis with a stride or a dilation, but not both. */
export function quotientsOf({ input, output, kernel, stride, dilation, before }: Axis): Quotients {
  const taps = Math.ceil(kernel / stride);
  const reach = (taps - 1) * dilation;
  const first = Math.min(Math.floor(before / stride), reach);
  const skip = before - first * stride;
  const padBefore = reach - first;
  const padAfter = Math.max(0, Math.ceil((skip + input) / stride) + first - output);
  return { input, stride, taps, pad: [padBefore, padAfter], length: output + padAfter - first, skip };
}
