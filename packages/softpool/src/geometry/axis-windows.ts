/**
 * The windows along one axis, stored as the taps that lie inside the input: `start`, `count`, and
 * the `dilation` between them. Padding is gone before a kernel runs: a padded position is a tap
 * that is not in the list.
 */
import { type ArgumentError, rangeError } from '../api/errors.ts';
import type { AxisOptions } from './check-windows.ts';

/** The windows along one spatial axis. */
export interface AxisWindows {
  /** Elements of the input along this axis. */
  readonly inputSize: number;
  /** Windows, and thus elements of the output, along this axis. */
  readonly outputSize: number;
  /** The first tap inside the input, for each window. */
  readonly start: Int32Array;
  /** The number of taps inside the input, for each window: at least 1. */
  readonly count: Int32Array;
  /** The window's full size; for adaptive windows, whose size varies, that of the largest. */
  readonly kernelSize: number;
  /** The step between windows; 0 for adaptive windows of unequal size, which have none. */
  readonly stride: number;
  /** The distance between taps. */
  readonly dilation: number;
  /**
   * Elements of padding before and after; with `ceilMode` a window may reach past the end of the
   * second.
   */
  readonly padding: readonly [before: number, after: number];
}

/** An axis that a tensor lacks, for kernels that always have three. */
export const NO_AXIS: AxisWindows = {
  inputSize: 1,
  outputSize: 1,
  start: new Int32Array(1),
  count: new Int32Array(1).fill(1),
  kernelSize: 1,
  stride: 1,
  dilation: 1,
  padding: [0, 0],
};

/**
 * Two 32-bit numbers per window must fit, for every axis, in a kernel's memory of 4 GiB beside the
 * tensors.
 */
const MOST_WINDOWS = 2 ** 28;

/** Lists the windows along spatial axis `axis`. Throws if a window holds no input element. */
export function axisWindows(call: string, axis: number, options: AxisOptions): AxisWindows {
  return options.kind === 'adaptive' ? adaptiveWindows(call, axis, options) : regularWindows(call, axis, options);
}

function regularWindows(call: string, axis: number, options: AxisOptions & { kind: 'regular' }): AxisWindows {
  const { inputSize, kernelSize, stride, dilation, before, after, ceilMode } = options;
  const extent = dilation * (kernelSize - 1) + 1;
  const slack = inputSize + before + after - extent;
  // As in PyTorch and ONNX Runtime, rounding up gives one window where less than a stride is
  // missing.
  if (slack < 0 && !(ceilMode && -slack < stride)) {
    const hint = `${dilation > 1 ? ` (${extent} with its dilation)` : ''} along spatial axis ${axis}`;
    throw rangeError(call, 'options.kernelSize', `at most ${inputSize + before + after}, the padded input's size`, kernelSize, hint);
  }
  let outputSize = (ceilMode ? Math.ceil(slack / stride) : Math.floor(slack / stride)) + 1;
  // A window that would start in the padding after the input is dropped.
  if (ceilMode && (outputSize - 1) * stride >= inputSize + before) outputSize--;
  const empty = (window: number): ArgumentError => {
    const of = `(kernel ${kernelSize}, dilation ${dilation}, input ${inputSize})`;
    const hint = ` along spatial axis ${axis}: window ${window} holds no input element ${of}`;
    return rangeError(call, 'options.padding', 'smaller', [before, after], hint);
  };
  // Found before memory is allocated for as many windows as the padding has.
  if (before >= extent) throw empty(0);
  if ((outputSize - 1) * stride >= inputSize + before) throw empty(Math.ceil((inputSize + before) / stride));
  checkWindowCount(call, axis, outputSize);
  const start = new Int32Array(outputSize);
  const count = new Int32Array(outputSize);
  for (let i = 0; i < outputSize; i++) {
    const origin = i * stride - before;
    const first = origin < 0 ? Math.ceil(-origin / dilation) : 0;
    const last = Math.min(kernelSize - 1, Math.floor((inputSize - 1 - origin) / dilation));
    if (last < first) throw empty(i);
    start[i] = origin + first * dilation;
    count[i] = last - first + 1;
  }
  return { inputSize, outputSize, start, count, kernelSize, stride, dilation, padding: [before, after] };
}

/**
 * PyTorch's adaptive bins: window i covers ⌊i·in/out⌋ up to ⌈(i+1)·in/out⌉. More outputs than
 * inputs repeat elements.
 */
function adaptiveWindows(call: string, axis: number, { inputSize, outputSize }: AxisOptions & { kind: 'adaptive' }): AxisWindows {
  checkWindowCount(call, axis, outputSize);
  const start = new Int32Array(outputSize);
  const count = new Int32Array(outputSize);
  let kernelSize = 1;
  for (let i = 0; i < outputSize; i++) {
    const from = Math.floor((i * inputSize) / outputSize);
    const size = Math.ceil(((i + 1) * inputSize) / outputSize) - from;
    start[i] = from;
    count[i] = size;
    kernelSize = Math.max(kernelSize, size);
  }
  // equal bins are ordinary windows
  const stride = inputSize % outputSize === 0 ? inputSize / outputSize : 0;
  return { inputSize, outputSize, start, count, kernelSize, stride, dilation: 1, padding: [0, 0] };
}

function checkWindowCount(call: string, axis: number, windows: number): void {
  if (windows > MOST_WINDOWS) {
    throw rangeError(call, 'options', 'such that each axis has at most 2^28 windows', windows, ` along spatial axis ${axis}`);
  }
}
