/** Layers that rearrange elements. */
import type { Layout } from 'softpool';
import { imageOrder, isSameOrder, layersOrder, type Shape, stored, type Value } from '../values.ts';
import { configOf, inOrder, inputOf, type LayerCall, type LayerWriter, outputOf } from './layer-call.ts';

/** Layers that rearrange elements. */
export const SHAPE_LAYERS: Readonly<Record<string, LayerWriter>> = {
  Flatten(call) {
    const { dataFormat } = configOf<{ dataFormat?: Layout }>(call);
    const input = inputOf(call, (rank) => (dataFormat === 'channelsFirst' ? secondLast(rank) : layersOrder(rank)));
    return outputOf(call, call.list.op('Flatten', [input.name]), { order: layersOrder(2) });
  },
  Reshape(call) {
    const input = inputOf(call);
    return keepsChannels(input, call.outputShape) ? reshapedFirst(call, input) : reshapedLast(call, input);
  },
  /**
   * Adds no node: the axes get other places in the layers model, and stay where they are stored.
   */
  Permute(call) {
    const input = inputOf(call);
    const places = [0, ...configOf<{ dims: readonly number[] }>(call).dims];
    return outputOf(call, input.name, { order: input.order.map((axis) => places.indexOf(axis)) });
  },
  RepeatVector(call) {
    const input = inputOf(call);
    const { n } = configOf<{ n: number }>(call);
    const unsqueezed = call.list.op('Unsqueeze', [input.name, call.list.integers(1)]);
    return outputOf(call, call.list.op('Expand', [unsqueezed, call.list.integers(1, n, 1)]), { order: layersOrder(3) });
  },
};

/** The second axis after all others, which keep their order. */
function secondLast(rank: number): number[] {
  return [...layersOrder(rank).filter((axis) => axis !== 1), 1];
}

/**
 * Whether the channels are stored first and keep their number. Then only the other axes change, in
 * place.
 */
function keepsChannels({ shape, order }: Value, outputShape: Shape): boolean {
  const rank = shape.length;
  const channels = shape.at(-1);
  return rank > 2 && outputShape.length > 2 && isSameOrder(order, imageOrder(rank)) && channels !== null && channels === outputShape.at(-1);
}

function reshapedFirst(call: LayerCall, input: Value): Value {
  const order = imageOrder(call.outputShape.length);
  return outputOf(call, reshaped(call, input, stored({ order }, call.outputShape)), { order });
}

function reshapedLast(call: LayerCall, input: Value): Value {
  const order = layersOrder(call.outputShape.length);
  return outputOf(call, reshaped(call, inOrder(call, input, layersOrder(input.shape.length)), call.outputShape), { order });
}

/** The batch size stays. A size that is unknown is computed from the others. */
function reshaped({ list }: LayerCall, { name }: Value, [, ...sizes]: Shape): string {
  return list.op('Reshape', [name, list.integers(0, ...sizes.map((size) => size ?? -1))]);
}
