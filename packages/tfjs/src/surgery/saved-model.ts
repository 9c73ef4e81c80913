/** Pooling replaced in a saved model: in the topology of its model.json, without its weights. */
import * as tfl from '@tensorflow/tfjs-layers';
import { shown } from '../ops/windows.ts';
import type { PoolingChange } from './decide.ts';
import { replaceInGraph } from './graph-topology.ts';
import { type OutputShapes, replaceInConfig } from './layer-config.ts';
import { type Config, isObject, snakeCase } from './layer-tree.ts';
import { outputShapes } from './layers-model.ts';
import { planOf, type ReplacePoolingOptions } from './options.ts';

/** What is needed of a model.json. */
export interface WithTopology {
  /** The layers, or the nodes. */
  readonly modelTopology?: object | undefined;
}

/** A saved model with other poolings, and what was done to it. */
export interface ReplacedTopology<Model> {
  /** The new content. */
  readonly modelJson: Model;
  /** A line for each pooling, in the order in which they are saved, and for each layer of zero padding that was changed with one. */
  readonly report: readonly PoolingChange[];
}

/**
 * The content of a model.json with soft pooling in the place of max pooling, or as the options say: layers models, saved by TensorFlow.js or converted
 * from Keras, and graph models. Everything but the topology stays as it is, `weightsManifest` too, so that the weights' files fit both.
 *
 * A layers model is built once, without its weights, for the shapes of the report; if it cannot be, for lack of a backend or of a class that is not
 * registered, they are `undefined`. What it becomes does not depend on them. A graph model is loaded after `registerGraphOps()` of `@softpool/tfjs/graph`.
 *
 * @param modelJson - The parsed model.json, which is not changed; or the artifacts of a model in memory.
 * @param options - What to replace, and by what.
 * @throws RangeError or TypeError that names the option, what was expected and what came, or what is wrong with the topology.
 * @example
 * ```ts
 * const pool = { class_name: 'MaxPooling2D', config: { name: 'pool', pool_size: [2, 2] } };
 * const saved = { format: 'layers-model', modelTopology: { class_name: 'Sequential', config: [pool] }, weightsManifest: [] };
 * const { modelJson, report } = await replacePoolingInTopology(saved);
 * report[0]?.to; // 'soft 2×2/2 valid'
 * Object.keys(modelJson); // ['format', 'modelTopology', 'weightsManifest']
 * ```
 */
export async function replacePoolingInTopology<Model extends WithTopology>(
  modelJson: Model,
  options: ReplacePoolingOptions = {},
): Promise<ReplacedTopology<Model>> {
  const plan = planOf('replacePoolingInTopology', options);
  const modelTopology: unknown = structuredClone(modelJson.modelTopology);
  if (!isObject(modelTopology)) {
    throw new TypeError(`${plan.call}: modelJson.modelTopology must be an object, received ${shown(modelTopology)}`);
  }
  const report = Array.isArray(modelTopology.node)
    ? replaceInGraph(modelTopology, plan)
    : replaceInConfig(layersModel(modelTopology, plan.call), snakeCase, await shapesOf(modelTopology), plan);
  return { modelJson: { ...modelJson, modelTopology }, report };
}

/** `{ class_name, config }`, which Keras puts into `model_config`. */
function layersModel(topology: Config, call: string): Config {
  const model = topology.model_config ?? topology;
  if (isObject(model) && 'class_name' in model && 'config' in model) return model;
  const names = Object.keys(topology).join(', ');
  throw new TypeError(
    `${call}: modelJson.modelTopology must have node, model_config, or class_name and config; it has ${names || 'nothing'}`,
  );
}

async function shapesOf(topology: Config): Promise<OutputShapes> {
  try {
    const model = await tfl.models.modelFromJSON(withoutInitializers(topology) as never);
    const shapes = outputShapes(model);
    model.dispose();
    return shapes;
  } catch {
    return new Map(); // the report says so by what it lacks
  }
}

/** The same with zeros for initial weights: shapes need no random numbers, of which a large model has many. */
function withoutInitializers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutInitializers);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name,
      name.endsWith('_initializer') ? { class_name: 'Zeros', config: {} } : withoutInitializers(entry),
    ]),
  );
}
