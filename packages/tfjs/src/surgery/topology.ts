/** Surgery on a saved model: on the topology in its model.json, without its weights. */
import type { PoolingChange, PoolingInfo, SwapPoolingOptions } from '@softpool/surgery';
import { typeError } from 'softpool/internal';
import { type Config, isObject } from './config.ts';
import { checkConnections } from './connections.ts';
import { poolingNodes, swapInGraph } from './graph-topology.ts';
import { type ModelConfig, poolingLayers, swapInConfig } from './layer-config.ts';
import { snakeCase } from './layer-tree.ts';
import { checkNesting } from './nesting.ts';
import { checkOptions } from './options.ts';
import { topologyShapes } from './topology-shapes.ts';

/** The part of a model.json that surgery needs. */
export interface WithTopology {
  /** The layers or the nodes. */
  readonly modelTopology?: object | undefined;
}

/** A saved model with other pooling, and the report. */
export interface SwappedTopology<Model> {
  /** The new content. */
  readonly modelJson: Model;
  /**
   * An entry per pooling, in the order in which they are saved, and per zero padding that was
   * changed with one.
   */
  readonly report: readonly PoolingChange[];
}

/**
 * Replaces max pooling by soft pooling in the content of a model.json, or as the options say. It
 * takes layers models, saved by TensorFlow.js or converted from Keras, and graph models. Only the
 * topology changes: `weightsManifest` stays, and the files of weights fit both models.
 *
 * A layers model is built once without its weights, for the shapes in the report. Without a
 * backend, or with a class that is not registered, it cannot be built. The shapes are then
 * `undefined`, and the result is the same. Before you load a swapped graph model, call
 * `registerGraphOps()` of `@softpool/tfjs/graph`.
 *
 * @param modelJson - The parsed model.json, or the artifacts of a model in memory. It does not
 * change.
 * @param options - What to replace, and by what.
 * @throws RangeError or TypeError that names the option, or what is wrong with the topology.
 * @example
 * ```ts
 * const pool = { class_name: 'MaxPooling2D', config: { name: 'pool', pool_size: [2, 2] } };
 * const saved = { format: 'layers-model', modelTopology: { class_name: 'Sequential', config: [pool] }, weightsManifest: [] };
 * const { modelJson, report } = await swapPoolingInTopology(saved);
 * report[0]?.after; // 'soft 2×2/2'
 * Object.keys(modelJson); // ['format', 'modelTopology', 'weightsManifest']
 * ```
 */
export async function swapPoolingInTopology<Model extends WithTopology>(
  modelJson: Model,
  options: SwapPoolingOptions = {},
): Promise<SwappedTopology<Model>> {
  const call = 'swapPoolingInTopology';
  const checked = checkOptions(call, options);
  const modelTopology = structuredClone(checkedTopology(call, 'modelJson', modelJson));
  const report = isGraph(modelTopology)
    ? swapInGraph(modelTopology, checked)
    : swapInConfig(await modelConfig(call, 'modelJson', modelTopology), checked);
  return { modelJson: { ...modelJson, modelTopology }, report };
}

/** The poolings of a saved model. `call` is for messages. */
export async function poolingsInTopology(call: string, model: WithTopology): Promise<PoolingInfo[]> {
  const topology = checkedTopology(call, 'model', model);
  const sites = isGraph(topology) ? poolingNodes(call, topology) : poolingLayers(call, await modelConfig(call, 'model', topology));
  return sites.map(({ info }) => info);
}

/** Which call takes models in memory, by the argument that is not one. */
const IN_MEMORY = {
  model: ': for a graph model in memory call inspectPoolingInGraph',
  modelJson: ': for a layers model in memory call swapPooling, for a graph model swapPoolingInGraph',
} as const;

type Argument = keyof typeof IN_MEMORY;

function checkedTopology(call: string, argument: Argument, model: unknown): Config {
  if (!isObject(model)) throw typeError(call, argument, 'an object with modelTopology, the parsed model.json', model);
  const topology = model.modelTopology;
  if (!isObject(topology))
    throw typeError(call, `${argument}.modelTopology`, 'an object', topology, topology === undefined ? IN_MEMORY[argument] : '');
  checkNesting(call, `${argument}.modelTopology`, topology);
  return topology;
}

function isGraph({ node }: Config): boolean {
  return Array.isArray(node);
}

/** `{ class_name, config }` of a layers model, which Keras puts into `model_config`. */
async function modelConfig(call: string, argument: Argument, topology: Config): Promise<ModelConfig> {
  const model = topology.model_config ?? topology;
  if (!isObject(model) || !('class_name' in model) || !('config' in model)) {
    const expected = 'an object with node, model_config, or class_name and config';
    const keys = Object.keys(topology).join(', ');
    throw typeError(call, `${argument}.modelTopology`, expected, topology, keys === '' ? ' without keys' : ` with ${keys}`);
  }
  // Old sequential models have the list itself.
  const layers = isObject(model.config) ? model.config.layers : model.config;
  if (!Array.isArray(layers) || !layers.every(isObject)) {
    throw typeError(call, `the layers of ${argument}.modelTopology`, 'a list of objects', layers);
  }
  checkConnections(call, model);
  return { model, spelling: snakeCase, shapes: await topologyShapes(topology) };
}
