/** Which pooling a model has. */
import type { PoolingInfo } from '@softpool/surgery';
import * as tfl from '@tensorflow/tfjs-layers';
import { poolingsOf } from './layers-model.ts';
import { poolingsInTopology, type WithTopology } from './topology.ts';

/**
 * Lists the pooling of a model.
 *
 * @param model - A layers model in memory, or the parsed model.json of a layers model or graph
 * model. For a graph model in memory call `inspectPoolingInGraph` of `@softpool/tfjs/graph`. A
 * `Mean` node, which graph models have for global pooling, is not listed.
 * @returns An entry per pooling, in the order of the layers or nodes.
 * @throws TypeError if the topology is not that of a model or has a pooling with an invalid window.
 * @example
 * ```ts
 * const pool = { class_name: 'MaxPooling2D', config: { name: 'pool', pool_size: [2, 2] } };
 * const [info] = await inspectPooling({ modelTopology: { class_name: 'Sequential', config: [pool] } });
 * [info?.name, info?.kind, info?.window?.kernelSize]; // ['pool', 'max', [2, 2]]
 * ```
 */
export async function inspectPooling(model: tfl.LayersModel | WithTopology): Promise<PoolingInfo[]> {
  const call = 'inspectPooling';
  return model instanceof tfl.LayersModel ? poolingsOf(call, model) : await poolingsInTopology(call, model);
}
