/** Normalization, as after training. */
import { product } from 'softpool/internal';
import { filled } from '../tensors.ts';
import { Refusal } from '../unsupported.ts';
import { imageOrder, layersOrder, type Value } from '../values.ts';
import { configOf, constant, inputOf, type LayerCall, type LayerWriter, outputOf, weightOf } from './layer-call.ts';

interface NormalizationConfig {
  readonly axis?: number | readonly number[];
  readonly epsilon: number;
}

/** Normalization layers. */
export const NORMALIZATION_LAYERS: Readonly<Record<string, LayerWriter>> = {
  BatchNormalization: batchNormalization,
  ChannelBatchNormalization: batchNormalization,
  LayerNormalization(call) {
    const { axis = -1, epsilon } = configOf<NormalizationConfig>(call);
    if (call.graph.opset < LAYER_NORMALIZATION) {
      throw new Refusal(`it needs opset ${LAYER_NORMALIZATION}, and options.opset is ${call.graph.opset}`);
    }
    const input = inputOf(call, layersOrder);
    const rank = input.shape.length;
    const axes = [axis].flat().map((each) => (each < 0 ? each + rank : each));
    if (axes.some((each, index) => each !== rank - axes.length + index)) {
      throw new Refusal(`axis ${axes.join(',')}, which are not the last axes`);
    }
    const shape = axes.map((each) => input.shape[each] ?? 1);
    const scale = constant(call, 'gamma', call.weights.get('gamma') ?? { ...filled(product(shape), 1), shape });
    const bias = call.weights.get('beta');
    const inputs = [input.name, scale, ...(bias === undefined ? [] : [constant(call, 'beta', bias)])];
    const attributes = { axis: rank - axes.length, epsilon: { float: epsilon } };
    return outputOf(call, call.list.op('LayerNormalization', inputs, attributes), input);
  },
};

/** The first opset with LayerNormalization. */
const LAYER_NORMALIZATION = 17;

function batchNormalization(call: LayerCall): Value {
  const { axis = -1, epsilon } = configOf<NormalizationConfig>(call);
  const input = inputOf(call, imageOrder);
  if (axis !== -1 && axis !== input.shape.length - 1) {
    throw new Refusal(`axis ${axis}; backends of TensorFlow.js agree only on the last one`);
  }
  const [mean, variance] = [weightOf(call, 'moving_mean'), weightOf(call, 'moving_variance')];
  const channels = mean.data.length;
  const weights = [
    constant(call, 'gamma', call.weights.get('gamma') ?? filled(channels, 1)),
    constant(call, 'beta', call.weights.get('beta') ?? filled(channels, 0)),
    constant(call, 'moving_mean', mean),
    constant(call, 'moving_variance', variance),
  ];
  const result = call.list.op('BatchNormalization', [input.name, ...weights], { epsilon: { float: epsilon } });
  return outputOf(call, result, input);
}
