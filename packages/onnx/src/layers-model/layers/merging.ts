/** Layers that merge several values into one. */
import type { NodeList } from '../../emit/node-list.ts';
import { isSameOrder, layersOrder, storedAxis, type Value } from '../values.ts';
import { configOf, inOrder, type LayerCall, type LayerWriter, outputOf } from './layer-call.ts';

/** Layers that merge several values into one. */
export const MERGING_LAYERS: Readonly<Record<string, LayerWriter>> = {
  Add: merging(({ op }, inputs) => op(inputs.length === 2 ? 'Add' : 'Sum', inputs)),
  Subtract: merging(({ op }, inputs) => op('Sub', inputs)),
  Multiply: merging(({ op }, [first = '', ...others]) => others.reduce((product, input) => op('Mul', [product, input]), first)),
  Average: merging(({ op }, inputs) => op('Mean', inputs)),
  Maximum: merging(({ op }, inputs) => op('Max', inputs)),
  Minimum: merging(({ op }, inputs) => op('Min', inputs)),
  Concatenate(call) {
    const inputs = alike(call, call.inputs);
    const [like] = inputs;
    const axis = storedAxis(like, configOf<{ axis: number }>(call).axis);
    return outputOf(
      call,
      call.list.op(
        'Concat',
        inputs.map(({ name }) => name),
        { axis },
      ),
      like,
    );
  },
};

function merging(write: (list: NodeList, inputs: readonly string[]) => string): LayerWriter {
  return (call) => {
    const rank = call.outputShape.length;
    const inputs = alike(
      call,
      call.inputs.map((input) => withRank(call, input, rank)),
    );
    return outputOf(
      call,
      write(
        call.list,
        inputs.map(({ name }) => name),
      ),
      inputs[0],
    );
  };
}

/** Values of fewer axes get further ones of one element behind the batch, as TensorFlow.js gives them. */
function withRank(call: LayerCall, value: Value, rank: number): Value {
  const missing = rank - value.shape.length;
  if (missing === 0) return value;
  const { name, shape } = inOrder(call, value, layersOrder(value.shape.length));
  const ones = Array.from({ length: missing }, (_, axis) => axis + 1);
  const [batch = null, ...rest] = shape;
  const unsqueezed = call.list.op('Unsqueeze', [name, call.list.integers(...ones)]);
  return { name: unsqueezed, shape: [batch, ...ones.map(() => 1), ...rest], order: layersOrder(rank) };
}

/** All in one order: that of the first one whose axes have been moved already, or of the first. */
function alike(call: LayerCall, values: readonly Value[]): [Value, ...Value[]] {
  const { order } = values.find((value) => !isSameOrder(value.order, layersOrder(value.shape.length))) ?? (values[0] as Value);
  return values.map((value) => inOrder(call, value, order)) as [Value, ...Value[]];
}
