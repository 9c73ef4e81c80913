/** How a layers model is written: the options, and their check. */
import type { DataFormat } from './values.ts';

/** How a model is written. */
export interface ToOnnxOptions {
  /** The opset that the model is for, 13 to 23. Default 17. */
  readonly opset?: number | undefined;
  /**
   * Whether soft pooling is written as the operators that it is made of, for runtimes without functions. Default `false`: each kind of soft pooling is a
   * function of the model, and the layer one node that calls it.
   */
  readonly inline?: boolean | undefined;
  /**
   * The layout of inputs and outputs of three axes and more. `'channelsLast'` (default): as in the layers model, `[N, H, W, C]`. `'channelsFirst'`: as
   * users of ONNX have it, `[N, C, H, W]`; outputs of such a rank have their last axis behind the batch too.
   */
  readonly inputLayout?: DataFormat | undefined;
  /** The name of the graph. Default: that of the model. */
  readonly name?: string | undefined;
}

/** The options, all given. */
export interface Plan {
  readonly opset: number;
  readonly inline: boolean;
  readonly layout: DataFormat;
  readonly name: string;
}

/** The first opset whose Softmax is that of one axis, and the last that is tested. */
const OPSETS = { first: 13, last: 23 } as const;

/** The options with their defaults. Throws a TypeError or RangeError that names the option, what was expected and what came. */
export function planOf(options: ToOnnxOptions, modelName: string): Plan {
  const { opset = 17, inline = false, inputLayout = 'channelsLast', name = modelName, ...unknown } = options;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) throw new TypeError(`toOnnx: options.${stranger} is not an option of this function`);
  if (!(Number.isInteger(opset) && opset >= OPSETS.first && opset <= OPSETS.last)) {
    throw new RangeError(`toOnnx: options.opset must be an integer from ${OPSETS.first} to ${OPSETS.last}, received ${shown(opset)}`);
  }
  if (typeof inline !== 'boolean') throw new TypeError(`toOnnx: options.inline must be true or false, received ${shown(inline)}`);
  if (inputLayout !== 'channelsLast' && inputLayout !== 'channelsFirst') {
    throw new TypeError(`toOnnx: options.inputLayout must be 'channelsLast' or 'channelsFirst', received ${shown(inputLayout)}`);
  }
  if (typeof name !== 'string' || name === '') throw new TypeError(`toOnnx: options.name must be a name, received ${shown(name)}`);
  return { opset, inline, layout: inputLayout, name };
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
