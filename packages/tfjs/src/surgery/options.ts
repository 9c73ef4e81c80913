/** What surgery offers for models of TensorFlow.js. */
import {
  type CheckedSwapOptions,
  checkSwapOptions,
  type PaperWindow,
  type PoolingWindow,
  type SwapPoolingOptions,
} from '@softpool/surgery';

const OFFERED = {
  keys: ['from', 'to', 'where', 'window', 'beta', 'weights', 'gradient'],
  targets: ['soft', 'max', 'average'],
} as const;

/** Padding of a `valid` window. */
export const VALID = [0, 0] as const;

/** Checks the options and fills in their defaults. */
export function checkOptions(call: string, options: SwapPoolingOptions): CheckedSwapOptions {
  return checkSwapOptions(call, options, OFFERED);
}

/** The paper's window, in TensorFlow's words: `same` has ⌈n/2⌉ outputs, `valid` ⌊n/2⌋. */
export function paperWindowOf(window: PoolingWindow, paper: PaperWindow): PoolingWindow {
  const padding = paper.rounding === 'up' ? 'same' : window.kernelSize.map(() => VALID);
  return { ...window, kernelSize: paper.kernelSize, padding };
}
