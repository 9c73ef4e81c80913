/** Surgery on a graph model in memory, and the op that its soft pooling nodes run. */
import { DEFAULT_OPERATOR, type PoolingInfo, type SwapPoolingOptions } from '@softpool/surgery';
import { GraphModel, type GraphNode, loadGraphModel, registerOp } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { typeError } from 'softpool/internal';
import { softPool2d, softPool3d } from '../ops/soft-pool.ts';
import type { Pad } from '../ops/windows.ts';
import type { Config } from './config.ts';
import { poolingNodes, SOFT_POOL_OP, swapInGraph } from './graph-topology.ts';
import type { SwappedPooling } from './layers-model.ts';
import { checkOptions } from './options.ts';

/**
 * Registers the op of soft pooling in graph models. Call it before you load a graph model with
 * soft pooling.
 *
 * @example
 * ```ts
 * registerGraphOps();
 * ```
 */
export function registerGraphOps(): void {
  registerOp(SOFT_POOL_OP, softPoolNode);
}

/**
 * Lists the pooling of a graph model in memory.
 *
 * @param model - A loaded graph model. A `Mean` node, which graph models have for global pooling,
 * is not listed.
 * @returns An entry per pooling, in the order of the nodes.
 * @throws TypeError if it is not a graph model or has a pooling with an invalid window.
 * @example
 * ```ts
 * import { loadGraphModel } from '@tensorflow/tfjs-converter';
 *
 * const kindsIn = async (url: string) => (await inspectPoolingInGraph(await loadGraphModel(url))).map(({ kind }) => kind);
 * ```
 */
export async function inspectPoolingInGraph(model: GraphModel): Promise<PoolingInfo[]> {
  const call = 'inspectPoolingInGraph';
  const { modelTopology } = await artifactsOf(call, model, 'inspectPooling');
  return poolingNodes(call, modelTopology as Config).map(({ info }) => info);
}

/**
 * Copies a graph model and replaces max pooling by soft pooling, or as the options say: the nodes
 * `MaxPool`, `MaxPool3D`, `AvgPool` and `AvgPool3D`. Weights keep their bits, in tensors of the
 * copy. It calls {@link registerGraphOps}, which you need again when you load a saved copy.
 *
 * @param model - A loaded graph model; it does not change.
 * @param options - What to replace, and by what. Global pooling is a `Mean` in graphs and stays.
 * @throws RangeError or TypeError that names the option, what was expected and what was received.
 * @example
 * ```ts
 * import { loadGraphModel } from '@tensorflow/tfjs-converter';
 *
 * const soften = async (url: string) => (await swapPoolingInGraph(await loadGraphModel(url), { beta: 2 })).model;
 * ```
 */
export async function swapPoolingInGraph(model: GraphModel, options: SwapPoolingOptions = {}): Promise<SwappedPooling<GraphModel>> {
  const call = 'swapPoolingInGraph';
  const checked = checkOptions(call, options);
  const artifacts = await artifactsOf(call, model, 'swapPooling');
  const modelTopology = structuredClone(artifacts.modelTopology) as Config;
  const report = swapInGraph(modelTopology, checked);
  registerGraphOps();
  return { model: await loadGraphModel({ load: async () => ({ ...artifacts, modelTopology }) }), report };
}

/**
 * The artifacts that a model was loaded from. It keeps them for when it is saved. `other` is the
 * call for models of other kinds.
 */
async function artifactsOf(call: string, model: GraphModel, other: string): Promise<tf.io.ModelArtifacts> {
  if (!(model instanceof GraphModel)) {
    throw typeError(call, 'model', 'a graph model of TensorFlow.js', model, `: for a layers model call ${other}`);
  }
  return new Promise((resolve, reject) => {
    const handler = tf.io.withSaveHandler(async (artifacts) => {
      resolve(artifacts);
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    });
    model.save(handler).catch(reject);
  });
}

/** Runs a node. The converter puts its words into lower case. */
function softPoolNode({ inputs: [x], attrs }: GraphNode): tf.Tensor {
  const [size, strides] = [attrs.ksize, attrs.strides] as [number[], number[]];
  const dims = size.length - 2;
  const dataFormat = String(attrs.data_format ?? (dims === 2 ? 'nhwc' : 'ndhwc')).toUpperCase();
  const first = dataFormat.startsWith('NC') ? 2 : 1;
  const spatial = (perAxis: readonly number[]): never => perAxis.slice(first, first + dims) as never;
  return (dims === 2 ? softPool2d : softPool3d)(x as tf.Tensor, spatial(size), spatial(strides), padOf(attrs), {
    dataFormat: dataFormat as never,
    beta: (attrs.beta ?? DEFAULT_OPERATOR.beta) as number,
    weights: attrs.weights === 'shared' ? 'shared' : 'perChannel',
    gradient: attrs.gradient === 'exact' ? 'exact' : 'weights',
  });
}

/** The padding. Explicit padding is a list of two numbers per axis. */
function padOf({ padding, explicit_paddings: explicit }: GraphNode['attrs']): Pad {
  if (padding !== 'explicit') return padding as Pad;
  const amounts = explicit as number[];
  return Array.from({ length: amounts.length / 2 }, (_, axis) => [amounts[2 * axis] as number, amounts[2 * axis + 1] as number]);
}
