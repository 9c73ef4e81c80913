/** Pooling replaced in a layers model in memory. */
import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { oneShape } from '../layers/soft-pooling.ts';
import type { PoolingChange } from './decide.ts';
import { type OutputShapes, replaceInConfig } from './layer-config.ts';
import { type Config, camelCase } from './layer-tree.ts';
import { planOf, type ReplacePoolingOptions } from './options.ts';
import type { PoolingInfo } from './poolings.ts';

/** A model with other poolings, and what was done to it. */
export interface ReplacedPooling<Model> {
  /** The copy. */
  readonly model: Model;
  /** A line for each pooling, in the order of the model's layers, and for each layer of zero padding that was changed with one. */
  readonly report: readonly PoolingChange[];
}

/**
 * A copy of a model in which soft pooling takes the place of max pooling, or as the options say. Outputs keep their shapes, layers their names, weights
 * their bits. The model that is given is not changed; the copy has variables of its own, which share their values with its until one of the two is
 * trained. It is not compiled: optimizer, loss and metrics are not copied.
 *
 * @param model - A functional or sequential model, with nested models and layers that are used several times if need be.
 * @param options - What to replace, and by what.
 * @throws RangeError or TypeError that names the option, what was expected and what came; Error if the model has layers of classes that are not registered.
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tfl from '@tensorflow/tfjs-layers';
 *
 * const layers = [tfl.layers.conv2d({ inputShape: [8, 8, 1], filters: 2, kernelSize: 3 }), tfl.layers.maxPooling2d({})];
 * const { model, report } = replacePooling(tfl.sequential({ layers }), { beta: 2 });
 * model.layers[1]?.getClassName(); // 'SoftPooling2D'
 * report[0]?.to; // 'soft 2×2/2 valid, β 2'
 * ```
 */
export function replacePooling<Model extends tfl.LayersModel>(model: Model, options: ReplacePoolingOptions = {}): ReplacedPooling<Model> {
  const plan = planOf('replacePooling', options);
  const topology: Config = { className: model.getClassName(), config: copiedConfig(model) };
  const report = replaceInConfig(topology, camelCase, outputShapes(model), plan);
  const copy = rebuilt(model, topology.config as Config);
  copyWeights(model, copy);
  const metadata = model.getUserDefinedMetadata();
  if (metadata !== undefined) copy.setUserDefinedMetadata(metadata);
  return { model: copy, report };
}

/** The output shapes of a model's layers: one, if all calls of a layer have the same. Of layers in a wrapper, the wrapper's. */
export function outputShapes(model: tfl.LayersModel): OutputShapes {
  const shapes = new Map<string, PoolingInfo['outputShape']>();
  const visit = (layer: tfl.layers.Layer, path: string, around?: PoolingInfo['outputShape']): void => {
    const shape = around ?? shapeOf(layer);
    shapes.set(path, shape);
    if (layer instanceof tfl.LayersModel) for (const inner of layer.layers) visit(inner, `${path}/${inner.name}`);
    else if (isWrapper(layer)) visit(layer.layer, `${path}/${layer.layer.name}`, shape);
  };
  for (const layer of model.layers) visit(layer, layer.name);
  return shapes;
}

function shapeOf({ inboundNodes }: tfl.layers.Layer): PoolingInfo['outputShape'] {
  const shapes = new Map(inboundNodes.map(({ outputShapes }) => [JSON.stringify(outputShapes), oneShape(outputShapes)]));
  const [first, ...others] = shapes.values();
  return first === undefined || others.length === 0 ? first : [first, ...others];
}

function isWrapper(layer: tfl.layers.Layer): layer is tfl.layers.Layer & { readonly layer: tfl.layers.Layer } {
  return 'layer' in layer && layer.layer instanceof tfl.layers.Layer;
}

function copiedConfig(model: tfl.LayersModel): Config {
  try {
    return structuredClone(model.getConfig()) as Config;
  } catch (error) {
    throw new Error(
      `replacePooling: the configuration of '${model.name}' cannot be copied; getConfig() of a layer must return plain data (${(error as Error).message})`,
      { cause: error },
    );
  }
}

/** A model of the same class. Its weights need no good start: they are overwritten. */
function rebuilt<Model extends tfl.LayersModel>(model: Model, config: Config): Model {
  const modelClass = model.constructor as typeof tfl.LayersModel;
  try {
    return modelClass.fromConfig(modelClass, config as never, {}, true) as Model;
  } catch (error) {
    throw new Error(
      `replacePooling: '${model.name}' cannot be built again; classes of your own must be registered by tf.serialization.registerClass (${(error as Error).message})`,
      { cause: error },
    );
  }
}

/**
 * Gives a copy the values of a model's variables, and what of it is frozen. Layer by layer, since the order of a model's weights depends on what is
 * frozen; and past `setWeights`, which would apply constraints.
 */
function copyWeights(model: tfl.layers.Layer, copy: tfl.layers.Layer): void {
  if (model instanceof tfl.LayersModel && copy instanceof tfl.LayersModel) {
    copy.trainable = model.trainable;
    model.layers.forEach((layer, index) => {
      copyWeights(layer, copy.layers[index] as tfl.layers.Layer);
    });
    return;
  }
  const targets = copy.weights;
  model.weights.forEach((weight, index) => {
    const target = targets[index] as tfl.LayerVariable;
    (target.read() as tf.Variable).assign(weight.read());
    target.trainable = weight.trainable;
  });
}
