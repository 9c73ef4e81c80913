/** Counts a model's parameters and multiply-adds. */
import * as tfl from '@tensorflow/tfjs-layers';
import { oneShape, type Shape } from './layers/layer.ts';

/** Counts of a layer. */
export interface LayerCount {
  /** Name of the layer, prefixed with the names of enclosing models. */
  readonly name: string;
  /** Class of the layer, as in `Conv2D`. */
  readonly className: string;
  /** Shape of the output, with `null` for the batch. */
  readonly outputShape: readonly (number | null)[];
  /** Trainable parameters. */
  readonly parameters: number;
  /** Moving means and variances of batch normalization, and weights of frozen layers. */
  readonly nonTrainable: number;
  /** Multiply-adds for one sample of a convolution or dense layer; 0 for other layers. */
  readonly multiplyAdds: number;
}

/** Counts of a model. */
export interface ModelCount {
  /** Trainable parameters, the number published for networks. */
  readonly parameters: number;
  /** Parameters that are not trained. */
  readonly nonTrainable: number;
  /**
   * Multiply-adds of convolutions and dense layers for one sample. 10⁹ of them are what torchvision
   * publishes as a GFLOP.
   */
  readonly multiplyAdds: number;
  /** The layers, from input to output. */
  readonly layers: readonly LayerCount[];
}

/**
 * Counts a model's parameters and multiply-adds.
 *
 * @param model - Any layers model with a fixed input shape.
 * @throws Error if the output size of a convolution depends on the input.
 * @example
 * ```ts
 * await tf.ready(); // the backend that holds the weights
 * const model = createBackbone('resnet20', { inputShape: [32, 32, 3], classes: 10 });
 * const { parameters, multiplyAdds, layers } = countModel(model);
 * console.log(parameters, multiplyAdds); // 272474 10535552
 * const { name, outputShape } = layers.at(-1)!;
 * [name, outputShape]; // ['fc', [null, 10]]
 * ```
 */
export function countModel(model: tfl.LayersModel): ModelCount {
  const layers = layersOf(model, '');
  const sum = (key: 'parameters' | 'nonTrainable' | 'multiplyAdds'): number => layers.reduce((total, layer) => total + layer[key], 0);
  return { parameters: sum('parameters'), nonTrainable: sum('nonTrainable'), multiplyAdds: sum('multiplyAdds'), layers };
}

function layersOf(model: tfl.LayersModel, path: string): LayerCount[] {
  return model.layers.flatMap((layer) =>
    layer instanceof tfl.LayersModel ? layersOf(layer, `${path}${layer.name}/`) : [count(layer, path)],
  );
}

function count(layer: tfl.layers.Layer, path: string): LayerCount {
  const calls = layer.inboundNodes.map(({ inputShapes, outputShapes }) => ({
    input: oneShape(inputShapes as Shape | Shape[]),
    output: oneShape(outputShapes as Shape | Shape[]),
  }));
  return {
    name: path + layer.name,
    className: layer.getClassName(),
    outputShape: calls[0]?.output ?? [],
    parameters: numbers(layer.trainableWeights),
    nonTrainable: numbers(layer.nonTrainableWeights),
    multiplyAdds: calls.reduce((sum, { input, output }) => sum + multiplyAdds(layer, input, output), 0),
  };
}

/** Classes whose kernel is applied once per output position, or once per input position. */
const AT_OUTPUTS = ['Conv1D', 'Conv2D', 'Conv3D', 'DepthwiseConv2D', 'GroupedConv2D', 'Dense'];
const AT_INPUTS = ['Conv2DTranspose', 'Conv3DTranspose'];

function multiplyAdds(layer: tfl.layers.Layer, input: Shape, output: Shape): number {
  const className = layer.getClassName();
  const isAtOutputs = AT_OUTPUTS.includes(className);
  if (!isAtOutputs && !AT_INPUTS.includes(className)) return 0;
  const { dataFormat } = layer.getConfig();
  const shape = isAtOutputs ? output : input;
  const spatial = dataFormat === 'channelsFirst' ? shape.slice(2) : shape.slice(1, -1);
  const positions = spatial.reduce<number>((product, size) => {
    if (size === null)
      throw new Error(`countModel: the shape of ${layer.name} is not fixed: [${shape.map((size) => size ?? 'null').join(', ')}]`);
    return product * size;
  }, 1);
  const kernel = layer.weights.find(({ originalName }) => /kernel$/.test(originalName));
  return positions * (kernel === undefined ? 0 : numbers([kernel]));
}

/** Number of elements of some weights. */
function numbers(weights: readonly tfl.LayerVariable[]): number {
  return weights.reduce((sum, { shape }) => sum + shape.reduce<number>((product, size) => product * (size ?? 1), 1), 0);
}
