/** Writes the layers of a model from its outputs back to its inputs, once per call. */
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Target } from '../emit/target.ts';
import type { LayerGraph } from './layer-graph.ts';
import type { LayerCall } from './layers/layer-call.ts';
import { writerOf } from './layers/writers.ts';
import { Refusal, type UnsupportedLayer } from './unsupported.ts';
import { layersOrder, type Value } from './values.ts';
import { isModel, type Layer, type WeightsByLayer } from './weights.ts';

/** What is needed to write layers. */
export interface Writing {
  readonly graph: LayerGraph;
  readonly weights: WeightsByLayer;
  readonly inline: boolean;
  readonly target: Target;
}

/** The outputs of a model, and the layers that could not be written. */
export interface WrittenLayers {
  readonly outputs: readonly Value[];
  readonly unsupported: readonly UnsupportedLayer[];
}

/** Writes the layers between these inputs and the model's outputs. */
export function writeLayers(model: LayersModel, inputs: readonly Value[], writing: Writing): WrittenLayers {
  const unsupported = new Map<string, UnsupportedLayer>();
  const outputs = outputsOf(model, inputs, '', {
    ...writing,
    firstCalls: new Map(),
    refuse: (layer) => void unsupported.set(layer.path, layer),
  });
  return { outputs, unsupported: [...unsupported.values()] };
}

interface Walk extends Writing {
  /** The name of each layer's first call, which its weights are named after. */
  readonly firstCalls: Map<Layer, string>;
  readonly refuse: (layer: UnsupportedLayer) => void;
}

/**
 * The outputs of a model, or of a call of a model in another. The names of its layers start with
 * `prefix`.
 */
function outputsOf(model: LayersModel, inputs: readonly Value[], prefix: string, walk: Walk): Value[] {
  const values = new Map<SymbolicTensor, Value>();
  model.inputs.forEach((tensor, index) => {
    const input = inputs[index];
    if (input !== undefined) values.set(tensor, input);
  });
  const valueAt = (tensor: SymbolicTensor): Value => {
    const known = values.get(tensor);
    if (known !== undefined) return known;
    const call = tensor.sourceLayer.inboundNodes[tensor.nodeIndex];
    const results = resultsOf(tensor.sourceLayer, call?.inputTensors.map(valueAt) ?? [], call?.outputTensors ?? [], prefix, walk);
    call?.outputTensors.forEach((output, index) => void values.set(output, results[index] ?? nothing(output)));
    return values.get(tensor) ?? nothing(tensor);
  };
  return model.outputs.map(valueAt);
}

/** The results of a call of a layer. */
function resultsOf(layer: Layer, inputs: readonly Value[], tensors: readonly SymbolicTensor[], prefix: string, walk: Walk): Value[] {
  const path = prefix + layer.name;
  if (isModel(layer)) return outputsOf(layer, inputs, `${path}/`, walk);
  const className = layer.getClassName();
  const write = writerOf(className);
  if (write === undefined) {
    walk.refuse({ path, type: className, reason: undefined });
    return tensors.map(nothing);
  }
  const { graph, inline, target, firstCalls } = walk;
  const name = graph.freeName(path);
  const weightsName = firstCalls.get(layer) ?? name;
  firstCalls.set(layer, weightsName);
  const list = graph.listFor(name);
  const weights = walk.weights.get(layer) ?? new Map();
  try {
    const result = write({
      name,
      config: configOf(layer),
      inputs,
      outputShape: tensors[0]?.shape ?? [],
      weights,
      weightsName,
      list,
      graph,
      inline,
      target,
    });
    const named = { ...result, name: graph.addLayer(name, list, result.name) };
    graph.results.set(named.name, named);
    return [named];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    walk.refuse({ path, type: className, reason: error.message });
    return tensors.map(nothing);
  }
}

/** Conv1D knows its data format but leaves it out of its configuration. */
function configOf(layer: Layer): LayerCall['config'] {
  return { ...('dataFormat' in layer && { dataFormat: layer.dataFormat }), ...layer.getConfig() };
}

/** Stands for what could not be written, so that the layers after it are checked too. */
function nothing({ name, shape }: SymbolicTensor): Value {
  return { name, shape, order: layersOrder(shape.length) };
}
