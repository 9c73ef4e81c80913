/** Dense layers, which work along the last axis. */
import { layersOrder, type Value } from '../values.ts';
import { activated } from './activations.ts';
import { configOf, constant, inputOf, type LayerCall, type LayerWriter, mainNode, outputOf, weightOf } from './layer-call.ts';

/** The dense layer. */
export const DENSE_LAYERS: Readonly<Record<string, LayerWriter>> = {
  Dense(call) {
    const input = inputOf(call, layersOrder);
    const kernel = constant(call, 'kernel', weightOf(call, 'kernel'));
    const bias = call.weights.get('bias');
    const result = product(call, input, kernel, bias && constant(call, 'bias', bias));
    return activated(call, outputOf(call, result, input), configOf<{ activation?: string }>(call).activation);
  },
};

function product(call: LayerCall, input: Value, kernel: string, bias: string | undefined): string {
  const { list } = call;
  if (input.shape.length === 2) return mainNode(call, list.op('Gemm', [input.name, kernel, ...(bias === undefined ? [] : [bias])]));
  const result = mainNode(call, list.op('MatMul', [input.name, kernel]));
  return bias === undefined ? result : list.op('Add', [result, bias]);
}
