/** The weights of a layers model, read from where TensorFlow.js keeps them: from memory, or from a GPU. */
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { elementsIn, type Tensor } from './tensors.ts';

/** A layer of TensorFlow.js. */
export type Layer = layers.Layer;

/** The weights of layers, by their names, as in `'kernel'`. */
export type Weights = ReadonlyMap<Layer, ReadonlyMap<string, Tensor>>;

/** A model in one file, as ONNX's format has it. */
const LARGEST = 2 ** 31 - 1;

/** Reads the weights of all layers of a model, and of the models in it. Throws a RangeError, before they are read, if they do not fit into one file. */
export async function readWeights(model: LayersModel): Promise<Weights> {
  const layers = leavesOf(model);
  const bytes = layers.flatMap(({ weights }) => weights).reduce((sum, { shape }) => sum + 4 * elementsIn(shape.map(Number)), 0);
  if (bytes > LARGEST) {
    throw new RangeError(
      `toOnnx: an ONNX model holds less than 2 GiB, and the weights of this one are ${(bytes / 2 ** 30).toFixed(1)} GiB`,
    );
  }
  const read = new Map<Layer, ReadonlyMap<string, Tensor>>();
  for (const layer of layers) read.set(layer, await weightsOf(layer));
  return read;
}

/** Whether a layer is a model of layers. */
export function isModel(layer: Layer): layer is LayersModel {
  return Array.isArray((layer as Partial<LayersModel>).layers);
}

function leavesOf(model: LayersModel): Layer[] {
  const leaves = model.layers.flatMap((layer) => (isModel(layer) ? leavesOf(layer) : [layer]));
  return [...new Set(leaves)];
}

/** A weight is called as its layer and itself, as in `conv1/kernel`. */
async function weightsOf(layer: Layer): Promise<Map<string, Tensor>> {
  const weights = new Map<string, Tensor>();
  for (const weight of layer.weights) {
    const name = weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
    weights.set(name, { data: new Float32Array(await weight.read().data()), shape: weight.shape.map(Number) });
  }
  return weights;
}
