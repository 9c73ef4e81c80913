/** Freezes parts of models. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { rangeError, typeError } from 'softpool/internal';

/**
 * Freezes modules of a model: training does not change their weights, and their batch
 * normalization uses the statistics that it has.
 *
 * @param model - A model whose layers have the names of torchvision's modules.
 * @param modules - Names of layers, or of modules that contain layers, such as `'layer1'`.
 * @throws RangeError for a name that is not in the model; nothing is frozen then.
 * @example
 * ```ts
 * await tf.ready(); // the backend that holds the weights
 * const model = createBackbone('resnet20', { classes: 3 });
 * freezeLayers(model, ['conv1', 'bn1', 'layer1', 'layer2', 'layer3']);
 * model.trainableWeights.length; // 2
 * ```
 */
export function freezeLayers(model: LayersModel, modules: readonly string[]): void {
  if (!Array.isArray(modules)) throw typeError('freezeLayers', 'modules', 'a list of names', modules);
  const layers = modules.flatMap((name) => layersOf(model, name));
  for (const layer of layers) layer.trainable = false;
}

/** The layer of this name, or the layers in the module of this name. */
function layersOf(model: LayersModel, name: string): LayersModel['layers'] {
  const layers = model.layers.filter((layer) => layer.name === name || layer.name.startsWith(`${name}.`));
  if (layers.length === 0) throw rangeError('freezeLayers', 'modules', 'names of modules in the model', name);
  return layers;
}
