/** The shapes of a saved model's layers, from its topology alone: no weights are created. */
import * as tfl from '@tensorflow/tfjs-layers';
import { type Config, isObject } from './config.ts';
import type { ShapesByPath } from './layer-config.ts';
import { layerShapes } from './layers-model.ts';

/**
 * The shapes of the layers of a topology. None if the model cannot be built, for example without a
 * backend or with a class that is not registered.
 */
export async function topologyShapes(topology: Config): Promise<ShapesByPath> {
  try {
    return layerShapes(await withoutWeights(() => tfl.models.modelFromJSON(stateless(topology) as never)));
  } catch {
    return new Map();
  }
}

/**
 * Calls `build`, which builds layers synchronously. They get weights without values: a model.json
 * of a few lines can ask for gigabytes.
 */
function withoutWeights<T>(build: () => T): T {
  const layer = tfl.layers.Layer.prototype as unknown as { addWeight: AddWeight };
  const { addWeight } = layer;
  layer.addWeight = (name, shape, dtype) => {
    const weight: Partial<tfl.LayerVariable> = { name, originalName: name, shape, dtype: dtype ?? 'float32' };
    return Object.assign(Object.create(tfl.LayerVariable.prototype), weight);
  };
  try {
    return build();
  } finally {
    layer.addWeight = addWeight;
  }
}

type AddWeight = (name: string, shape: tfl.Shape, dtype?: tfl.LayerVariable['dtype']) => tfl.LayerVariable;

/** The same without states, for which stateful layers would create zeros. */
function stateless(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stateless);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, name === 'stateful' ? false : stateless(entry)]));
}
