/** Surgery on a layers model in memory. */
import type { PoolingChange, PoolingInfo, PoolingShape, SwapPoolingOptions } from '@softpool/surgery';
import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { typeError } from 'softpool/internal';
import { oneShape } from '../layers/shape.ts';
import type { Config } from './config.ts';
import { type ModelConfig, poolingLayers, type ShapesByPath, swapInConfig } from './layer-config.ts';
import { camelCase } from './layer-tree.ts';
import { checkOptions } from './options.ts';

/** A copy of a model with other pooling, and the report. */
export interface SwappedPooling<Model> {
  /** The copy. */
  readonly model: Model;
  /**
   * An entry per pooling, in the order of the layers, and per zero padding that was changed with
   * one.
   */
  readonly report: readonly PoolingChange[];
}

/**
 * Copies a model and replaces max pooling by soft pooling, or as the options say. Outputs keep
 * their shapes, layers their names, and weights their bits. The copy has variables of its own. It
 * is not compiled: optimizer, loss and metrics are not copied.
 *
 * @param model - A functional or sequential model; it does not change. Nested models and shared
 * layers are fine.
 * @param options - What to replace, and by what.
 * @throws RangeError or TypeError that names the option, what was expected and what was received;
 * Error if the class of a layer is not registered.
 * @example
 * ```ts
 * import '@tensorflow/tfjs-backend-cpu';
 * import * as tfl from '@tensorflow/tfjs-layers';
 *
 * const layers = [tfl.layers.conv2d({ inputShape: [8, 8, 1], filters: 2, kernelSize: 3 }), tfl.layers.maxPooling2d({})];
 * const { model, report } = swapPooling(tfl.sequential({ layers }), { beta: 2 });
 * model.layers[1]?.getClassName(); // 'SoftPooling2D'
 * report[0]?.after; // 'soft 2×2/2, β 2'
 * ```
 */
export function swapPooling<Model extends tfl.LayersModel>(model: Model, options: SwapPoolingOptions = {}): SwappedPooling<Model> {
  const checked = checkOptions('swapPooling', options);
  if (!(model instanceof tfl.LayersModel)) throw typeError('swapPooling', 'model', 'a layers model of TensorFlow.js', model, HINT);
  const config = configOf('swapPooling', model);
  const report = swapInConfig(config, checked);
  const copy = rebuilt(model, config.model.config as Config);
  copyWeights(model, copy);
  const metadata = model.getUserDefinedMetadata();
  if (metadata !== undefined) copy.setUserDefinedMetadata(metadata);
  return { model: copy, report };
}

const HINT = ': for a saved model call swapPoolingInTopology, for a graph model swapPoolingInGraph';

/** The poolings of a model. `call` is for messages. */
export function poolingsOf(call: string, model: tfl.LayersModel): PoolingInfo[] {
  return poolingLayers(call, configOf(call, model)).map(({ info }) => info);
}

/** The shapes of a model's layers. A layer in a wrapper has those of the wrapper. */
export function layerShapes(model: tfl.LayersModel): ShapesByPath {
  const shapes = new Map<string, ReturnType<typeof shapesOf>>();
  const visit = (layer: tfl.layers.Layer, path: string, around?: ReturnType<typeof shapesOf>): void => {
    const own = around ?? shapesOf(layer);
    shapes.set(path, own);
    if (layer instanceof tfl.LayersModel) for (const inner of layer.layers) visit(inner, `${path}/${inner.name}`);
    else if (isWrapper(layer)) visit(layer.layer, `${path}/${layer.layer.name}`, own);
  };
  for (const layer of model.layers) visit(layer, layer.name);
  return shapes;
}

function shapesOf({ inboundNodes }: tfl.layers.Layer): Pick<PoolingInfo, 'inputShape' | 'outputShape'> {
  return {
    inputShape: distinct(inboundNodes.map(({ inputShapes }) => inputShapes)),
    outputShape: distinct(inboundNodes.map(({ outputShapes }) => outputShapes)),
  };
}

/** The shapes of a layer's calls: one if all are the same. */
function distinct(shapes: readonly (tfl.Shape | tfl.Shape[])[]): PoolingShape | readonly PoolingShape[] | undefined {
  const [first, ...others] = new Map(shapes.map((shape) => [JSON.stringify(shape), oneShape(shape)])).values();
  return first === undefined || others.length === 0 ? first : [first, ...others];
}

function isWrapper(layer: tfl.layers.Layer): layer is tfl.layers.Layer & { readonly layer: tfl.layers.Layer } {
  return 'layer' in layer && layer.layer instanceof tfl.layers.Layer;
}

function configOf(call: string, model: tfl.LayersModel): ModelConfig {
  return { model: { className: model.getClassName(), config: copiedConfig(call, model) }, spelling: camelCase, shapes: layerShapes(model) };
}

function copiedConfig(call: string, model: tfl.LayersModel): unknown {
  try {
    return structuredClone(model.getConfig());
  } catch (error) {
    const why = (error as Error).message;
    const message = `${call}: cannot copy the configuration of '${model.name}'; getConfig() of a layer must return plain data (${why})`;
    throw new Error(message, { cause: error });
  }
}

/** A model of the same class. Its initial weights do not matter: they are overwritten. */
function rebuilt<Model extends tfl.LayersModel>(model: Model, config: Config): Model {
  const modelClass = model.constructor as typeof tfl.LayersModel;
  try {
    return modelClass.fromConfig(modelClass, config as never, {}, true) as Model;
  } catch (error) {
    const why = (error as Error).message;
    const message = `swapPooling: cannot rebuild '${model.name}'; register your own classes with tf.serialization.registerClass (${why})`;
    throw new Error(message, { cause: error });
  }
}

/**
 * Copies the values of a model's variables, and which of them are frozen. It goes layer by layer,
 * since the order of a model's weights depends on what is frozen, and avoids `setWeights`, which
 * would apply constraints.
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
