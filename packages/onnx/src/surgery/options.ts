/** The options of surgery on ONNX models and their checks. */
import { type CheckedSwapOptions as CheckedOptions, checkSwapOptions, type SwapPoolingOptions as SharedOptions } from '@softpool/surgery';
import { checkOneOf } from 'softpool/internal';
import { DEFAULT_TARGET, TARGETS, type Target } from '../emit/target.ts';

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
  /**
   * Where the model is to run. `'cpu'`: fast operators, with an `If` that chooses the stable ones
   * where exponentials over- or underflow. `'gpu'`: only operators that GPUs run without waiting
   * for the processor. `'any'` (default): operators for every device and runtime.
   */
  readonly for?: Target | undefined;
}

/** Checked options, with their defaults filled in. */
export interface CheckedSwapOptions extends CheckedOptions {
  readonly inline: boolean;
  readonly target: Target;
}

const OFFERED = { keys: ['from', 'to', 'where', 'window', 'beta', 'weights', 'inline', 'for'], targets: ['soft'] } as const;

/** Checks the options and fills in their defaults. */
export function checkOptions(call: string, options: SwapPoolingOptions): CheckedSwapOptions {
  const checked = checkSwapOptions(call, options, OFFERED);
  const { inline = false, for: target = DEFAULT_TARGET } = options;
  checkOneOf(call, 'options.inline', inline, [true, false]);
  checkOneOf(call, 'options.for', target, TARGETS);
  return { ...checked, inline, target };
}
