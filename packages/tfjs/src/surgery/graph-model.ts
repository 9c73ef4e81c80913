/** Surgery on a graph model in memory, and the op that its soft pooling nodes run. */
import { DEFAULT_OPERATOR, type SwapPoolingOptions } from '@softpool/surgery';
import { type GraphModel, type GraphNode, loadGraphModel, registerOp } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { softPool2d, softPool3d } from '../ops/soft-pool.ts';
import type { DataFormat, Pad } from '../ops/windows.ts';
import type { Config } from './config.ts';
import { SOFT_POOL_OP, swapInGraph } from './graph-topology.ts';
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
  const checked = checkOptions('swapPoolingInGraph', options);
  const artifacts = await artifactsOf(model);
  const modelTopology = structuredClone(artifacts.modelTopology) as Config;
  const report = swapInGraph(modelTopology, checked);
  registerGraphOps();
  return { model: await loadGraphModel({ load: async () => ({ ...artifacts, modelTopology }) }), report };
}

/** The artifacts that a model was loaded from. It keeps them for when it is saved. */
function artifactsOf(model: GraphModel): Promise<tf.io.ModelArtifacts> {
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

/** The padding. Explicit padding is a list of two numbers per axis. */
function padOf({ padding, explicit_paddings: explicit }: GraphNode['attrs']): Pad {
  if (padding !== 'explicit') return padding as Pad;
  const amounts = explicit as number[];
  return Array.from({ length: amounts.length / 2 }, (_, axis) => [amounts[2 * axis] as number, amounts[2 * axis + 1] as number]);
}
