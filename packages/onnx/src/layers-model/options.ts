/** The options of `toOnnx` and their checks. */
import type { Layout } from 'softpool';
import { checkInteger, checkKeys, checkOneOf, typeError } from 'softpool/internal';
import { DEFAULT_TARGET, TARGETS, type Target } from '../emit/target.ts';

/** How a model is written. */
export interface ToOnnxOptions {
  /** The opset of the model, 13 to 23. Default 17. */
  readonly opset?: number | undefined;
  /**
   * Whether soft pooling is written as standard operators, for runtimes without model-local
   * functions. Default `false`: each kind of soft pooling is a function of the model, and each
   * layer is one node that calls it.
   */
  readonly inline?: boolean | undefined;
  /**
   * Where the model is to run. `'cpu'`: fast operators, with an `If` that chooses the stable ones
   * where exponentials over- or underflow. `'gpu'`: only operators that GPUs run without waiting
   * for the processor. `'any'` (default): operators for every device and runtime.
   */
  readonly for?: Target | undefined;
  /**
   * The layout of inputs and outputs with three or more axes. `'channelsLast'` (default): `[N, H,
   * W, C]`, as in the layers model. `'channelsFirst'`: `[N, C, H, W]`, as usual in ONNX; the last
   * axis of such outputs then comes after the batch.
   */
  readonly layout?: Layout | undefined;
  /** The name of the graph. Default: the name of the model. */
  readonly name?: string | undefined;
}

/** Checked options, with their defaults filled in. */
export interface CheckedToOnnxOptions {
  readonly opset: number;
  readonly inline: boolean;
  readonly target: Target;
  readonly layout: Layout;
  readonly name: string;
}

/** The first opset in which Softmax works along one axis, and the last that is tested. */
const OPSETS = { first: 13, last: 23 } as const;

/**
 * Checks options and fills in their defaults. Throws a TypeError or RangeError that names the
 * option.
 */
export function checkOptions(options: ToOnnxOptions, modelName: string): CheckedToOnnxOptions {
  const call = 'toOnnx';
  checkKeys(call, options, ['opset', 'inline', 'for', 'layout', 'name']);
  const { opset = 17, inline = false, for: target = DEFAULT_TARGET, layout = 'channelsLast', name = modelName } = options;
  checkInteger(call, 'options.opset', opset, OPSETS.first, OPSETS.last);
  checkOneOf(call, 'options.inline', inline, [true, false]);
  checkOneOf(call, 'options.for', target, TARGETS);
  checkOneOf(call, 'options.layout', layout, ['channelsLast', 'channelsFirst']);
  if (typeof name !== 'string' || name === '') throw typeError(call, 'options.name', 'a text that is not empty', name);
  return { opset, inline, target, layout, name };
}
