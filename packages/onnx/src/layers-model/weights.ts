/** Reads the weights of a layers model from where TensorFlow.js has them: memory or a GPU. */
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { product, rangeError } from 'softpool/internal';
import type { Tensor } from './tensors.ts';

/** A layer of TensorFlow.js. */
export type Layer = layers.Layer;

/** The weights of layers by name, e.g. `'kernel'`. */
export type WeightsByLayer = ReadonlyMap<Layer, ReadonlyMap<string, Tensor>>;

/** The largest size of a model in one file. */
const LARGEST = 2 ** 31 - 1;

/**
 * Reads the weights of all layers of a model, also of the models in it. Throws a RangeError before
 * reading if they do not fit into one file.
 */
export async function readWeights(model: LayersModel): Promise<WeightsByLayer> {
  const layers = leavesOf(model);
  const bytes = layers.flatMap(({ weights }) => weights).reduce((sum, { shape }) => sum + 4 * product(shape.map(Number)), 0);
  if (bytes > LARGEST) {
    throw rangeError('toOnnx', 'model', 'one whose weights take less than 2 GiB, as ONNX files do', `${(bytes / 2 ** 30).toFixed(1)} GiB`);
  }
  const read = new Map<Layer, ReadonlyMap<string, Tensor>>();
  for (const layer of layers) read.set(layer, await weightsOf(layer));
  return read;
}

/** Whether a layer is a model. */
export function isModel(layer: Layer): layer is LayersModel {
  return Array.isArray((layer as Partial<LayersModel>).layers);
}

function leavesOf(model: LayersModel): Layer[] {
  const leaves = model.layers.flatMap((layer) => (isModel(layer) ? leavesOf(layer) : [layer]));
  return [...new Set(leaves)];
}

/** The full name of a weight is that of its layer and its own: `conv1/kernel`. */
async function weightsOf(layer: Layer): Promise<Map<string, Tensor>> {
  const weights = new Map<string, Tensor>();
  for (const weight of layer.weights) {
    const name = weight.originalName.slice(weight.originalName.lastIndexOf('/') + 1);
    weights.set(name, { data: new Float32Array(await weight.read().data()), shape: weight.shape.map(Number) });
  }
  return weights;
}
