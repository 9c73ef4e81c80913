/** Pooling replaced in a graph model in memory, and the op that its nodes then run. */
import { type GraphModel, type GraphNode, loadGraphModel, registerOp } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { softPool2d, softPool3d } from '../ops/soft-pool.ts';
import type { DataFormat, Pad } from '../ops/windows.ts';
import { replaceInGraph, SOFT_POOL_OP } from './graph-topology.ts';
import type { Config } from './layer-tree.ts';
import type { ReplacedPooling } from './layers-model.ts';
import { planOf, type ReplacePoolingOptions } from './options.ts';
import { DEFAULT_OPERATOR } from './poolings.ts';

/**
 * Teaches TensorFlow.js the op of soft pooling in graph models. Must be called before a graph model with soft pooling is loaded.
 *
 * @throws Never; the op's own errors are those of {@link softPool2d}.
 * @example
 * ```ts
 * registerGraphOps();
 * ```
 */
export function registerGraphOps(): void {
  registerOp(SOFT_POOL_OP, softPoolNode);
}

/**
 * A graph model in which soft pooling takes the place of max pooling, or as the options say: `MaxPool`, `MaxPool3D`, `AvgPool` and `AvgPool3D` nodes.
 * The model that is given is not changed; the new one has its weights bit for bit, in tensors of its own. Saved and loaded again, it needs
 * {@link registerGraphOps}, which this function calls.
 *
 * @param model - A graph model that is loaded.
 * @param options - What to replace, and by what. Global pooling is a `Mean` in graphs, and stays.
 * @throws RangeError or TypeError that names the option, what was expected and what came.
 * @example
 * ```ts
 * import { loadGraphModel } from '@tensorflow/tfjs-converter';
 *
 * const soften = async (url: string) => (await replaceGraphPooling(await loadGraphModel(url), { beta: 2 })).model;
 * ```
 */
export async function replaceGraphPooling(model: GraphModel, options: ReplacePoolingOptions = {}): Promise<ReplacedPooling<GraphModel>> {
  const plan = planOf('replaceGraphPooling', options);
  const artifacts = await artifactsOf(model);
  const modelTopology = structuredClone(artifacts.modelTopology) as Config;
  const report = replaceInGraph(modelTopology, plan);
  registerGraphOps();
  return { model: await loadGraphModel({ load: async () => ({ ...artifacts, modelTopology }) }), report };
}

/** What a model was loaded from, which it keeps, and hands out when it is saved. */
function artifactsOf(model: GraphModel): Promise<tf.io.ModelArtifacts> {
  return new Promise((resolve, reject) => {
    const handler = tf.io.withSaveHandler(async (artifacts) => {
      resolve(artifacts);
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    });
    model.save(handler).catch(reject);
  });
}

/** Runs a node. The converter has its words in lower case. */
function softPoolNode({ inputs: [x], attrs }: GraphNode): tf.Tensor {
  const [size, strides] = [attrs.ksize, attrs.strides] as [number[], number[]];
  const dims = size.length - 2;
  const dataFormat = String(attrs.data_format ?? (dims === 2 ? 'nhwc' : 'ndhwc')).toUpperCase() as DataFormat;
  const first = dataFormat.startsWith('NC') ? 2 : 1;
  const spatial = (perAxis: readonly number[]): never => perAxis.slice(first, first + dims) as never;
  return (dims === 2 ? softPool2d : softPool3d)(x as tf.Tensor, spatial(size), spatial(strides), padOf(attrs), {
    dataFormat,
    beta: (attrs.beta ?? DEFAULT_OPERATOR.beta) as number,
    weights: attrs.weights === 'shared' ? 'shared' : 'perChannel',
    gradient: attrs.gradient === 'exact' ? 'exact' : 'weights',
  });
}

/** The padding; where it is explicit, the list has two numbers for each axis. */
function padOf({ padding, explicit_paddings: explicit }: GraphNode['attrs']): Pad {
  if (padding !== 'explicit') return padding as Pad;
  const amounts = explicit as number[];
  return Array.from({ length: amounts.length / 2 }, (_, axis) => [amounts[2 * axis] as number, amounts[2 * axis + 1] as number]);
}
