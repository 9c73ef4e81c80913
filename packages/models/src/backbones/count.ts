/** How large a model is, and how much work. */
import * as tfl from '@tensorflow/tfjs-layers';

/** A layer's size and work. */
export interface LayerCount {
  /** The layer's name; of a layer in a model within the model, with that one's name before it. */
  readonly name: string;
  /** Its class, as in `Conv2D`. */
  readonly className: string;
  /** The shape of its output, the batch `null`. */
  readonly outputShape: readonly (number | null)[];
  /** Numbers that are trained. */
  readonly parameters: number;
  /** Numbers that are not: the moving means and variances of batch normalization, and the weights of frozen layers. */
  readonly nonTrainable: number;
  /** Multiplications, each with an addition, for one sample, of a convolution or a dense layer; of others 0. */
  readonly multiplyAdds: number;
}

/** A model's size and work. */
export interface ModelCount {
  /** Numbers that are trained, as published for networks. */
  readonly parameters: number;
  /** Numbers that are not. */
  readonly nonTrainable: number;
  /** Multiplications, each with an addition, of convolutions and dense layers, for one sample: what torchvision publishes as GFLOPS is 10⁹ of them. */
  readonly multiplyAdds: number;
  /** Its layers, from input to output. */
  readonly layers: readonly LayerCount[];
}

/**
 * Counts a model's parameters and multiply-adds.
 *
 * @param model - Any model of layers with a fixed input shape.
 * @throws Error if the sizes of a convolution's output are not known before there is an input.
 * @example
 * ```ts
 * await tf.ready(); // the backend that holds the weights
 * const model = createBackbone('resnet20', { inputShape: [32, 32, 3], classes: 10 });
 * const { parameters, multiplyAdds, layers } = countModel(model);
 * console.log(parameters, multiplyAdds); // 272474 10535552
 * layers.at(-1); // { name: 'fc', className: 'Dense', outputShape: [null, 10], parameters: 650, nonTrainable: 0, multiplyAdds: 640 }
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
    input: one(inputShapes as Shape | Shape[]),
    output: one(outputShapes as Shape | Shape[]),
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

type Shape = (number | null)[];

/** Classes whose kernel is used once for each position of the output, or of the input. */
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
      throw new Error(`countModel: the sizes of ${layer.name} are not known: [${shape.map((s) => s ?? 'null').join(', ')}]`);
    return product * size;
  }, 1);
  const kernel = layer.weights.find(({ originalName }) => /kernel$/.test(originalName));
  return positions * (kernel === undefined ? 0 : numbers([kernel]));
}

/** All elements of weights. */
function numbers(weights: readonly tfl.LayerVariable[]): number {
  return weights.reduce((sum, { shape }) => sum + shape.reduce<number>((product, size) => product * (size ?? 1), 1), 0);
}

/** The first of several shapes. */
function one(shapes: Shape | Shape[]): Shape {
  return (Array.isArray(shapes[0]) ? shapes[0] : shapes) as Shape;
}
