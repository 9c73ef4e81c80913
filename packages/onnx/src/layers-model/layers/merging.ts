/** Layers that merge several values into one. */
import type { NodeList } from '../../emit/node-list.ts';
import { type AxisOrder, isSameOrder, layersOrder, storedAxis, type Value } from '../values.ts';
import { inOrder, type LayerCall, type LayerWriter, outputOf } from './layer-call.ts';

/** Layers that merge several values into one. */
export const MERGING_LAYERS: Readonly<Record<string, LayerWriter>> = {
  Add: merging(({ op }, inputs) => op(inputs.length === 2 ? 'Add' : 'Sum', inputs)),
  Subtract: merging(({ op }, inputs) => op('Sub', inputs)),
  Multiply: merging(({ op }, [first = '', ...others]) => others.reduce((product, input) => op('Mul', [product, input]), first)),
  Average: merging(({ op }, inputs) => op('Mean', inputs)),
  Maximum: merging(({ op }, inputs) => op('Max', inputs)),
  Minimum: merging(({ op }, inputs) => op('Min', inputs)),
  Concatenate: merging(({ op }, inputs, order, { config }) => op('Concat', inputs, { axis: storedAxis({ order }, Number(config.axis)) })),
};

/** Merges values whose axes are stored in the same order. */
type Merge = (list: NodeList, inputs: readonly string[], order: AxisOrder, call: LayerCall) => string;

function merging(merge: Merge): LayerWriter {
  return (call) => {
    const inputs = call.inputs.map((input) => withRank(call, input, call.outputShape.length));
    const order = commonOrder(inputs, layersOrder(call.outputShape.length));
    const alike = inputs.map((input) => inOrder(call, input, order).name);
    return outputOf(call, merge(call.list, alike, order, call), { order });
  };
}

/** Values with fewer axes get more of size 1 after the batch, as in TensorFlow.js. */
function withRank(call: LayerCall, value: Value, rank: number): Value {
  const missing = rank - value.shape.length;
  if (missing === 0) return value;
  const { name, shape } = inOrder(call, value, layersOrder(value.shape.length));
  const ones = Array.from({ length: missing }, (_, axis) => axis + 1);
  const [batch = null, ...rest] = shape;
  const unsqueezed = call.list.op('Unsqueeze', [name, call.list.integers(...ones)]);
  return { name: unsqueezed, shape: [batch, ...ones.map(() => 1), ...rest], order: layersOrder(rank) };
}

/** The order of the first value whose axes were moved, such as feature maps in a network. */
function commonOrder(values: readonly Value[], original: AxisOrder): AxisOrder {
  return values.find(({ order }) => !isSameOrder(order, original))?.order ?? original;
}
