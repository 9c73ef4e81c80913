/** The options of surgery on ONNX models and their checks. */
import { type CheckedSwapOptions as CheckedOptions, checkSwapOptions, type SwapPoolingOptions as SharedOptions } from '@softpool/surgery';
import { checkOneOf } from 'softpool/internal';

/** Which poolings are replaced, and by what. */
export interface SwapPoolingOptions extends Omit<SharedOptions, 'to' | 'gradient'> {
  /** What they become: ONNX models get soft pooling only. Default `'soft'`. */
  readonly to?: 'soft' | undefined;
  /**
   * Whether each node is replaced by the standard operators themselves, for runtimes without
   * model-local functions. Default `false`: the model gets a function and nodes that call it. A
   * model with an IR version below 8, which has no functions, always gets the operators.
   */
  readonly inline?: boolean | undefined;
}

/** Checked options, with their defaults filled in. */
export interface CheckedSwapOptions extends CheckedOptions {
  readonly inline: boolean;
}

const OFFERED = { keys: ['from', 'to', 'where', 'window', 'beta', 'weights', 'inline'], targets: ['soft'] } as const;

/** Checks the options and fills in their defaults. */
export function checkOptions(call: string, options: SwapPoolingOptions): CheckedSwapOptions {
  const checked = checkSwapOptions(call, options, OFFERED);
  const { inline = false } = options;
  checkOneOf(call, 'options.inline', inline, [true, false]);
  return { ...checked, inline };
}
