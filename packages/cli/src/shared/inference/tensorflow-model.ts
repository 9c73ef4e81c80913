/**
 * TensorFlow.js models run on its wasm backend: layers models, graph models and the networks of
 * runs.
 */
import type { NamedTensors, TensorType, TensorValue } from '@softpool/onnx/internal';
import type { GraphModel } from '@tensorflow/tfjs-converter';
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { artifactsOf, cannotLoad, loadSavedLayersModel, networkOfRun, packagesFor } from '../models/layers-model.ts';
import { isGraphModel, readModelJson } from '../models/model-json.ts';
import { requirePackages } from '../packages.ts';
import { startTensorFlow } from '../tensorflow.ts';
import { oneLine, printable } from '../text.ts';
import type { ModelInput, RunnableModel } from './runnable-model.ts';

type TensorFlow = Awaited<ReturnType<typeof startTensorFlow>>;

/** Opens a saved model by its model.json, or the network of a run by its folder. */
export async function openTensorFlowModel(path: string, kind: 'tensorflow' | 'run'): Promise<RunnableModel> {
  const tensorFlow = await startTensorFlow('wasm', packagesFor(kind));
  if (kind === 'run') return layersModel(tensorFlow, path, await networkOfRun(path));
  const saved = await readModelJson(path);
  if (!isGraphModel(saved.model)) return layersModel(tensorFlow, path, await loadSavedLayersModel(path, saved));
  requirePackages('@tensorflow/tfjs-converter');
  const [{ loadGraphModel }, { registerGraphOps }] = await Promise.all([
    import('@tensorflow/tfjs-converter'),
    import('@softpool/tfjs/graph'),
  ]);
  registerGraphOps();
  const handler = await artifactsOf(saved);
  return graphModel(tensorFlow, path, await Promise.resolve(loadGraphModel(handler)).catch(cannotLoad(path)));
}

function layersModel(tensorFlow: TensorFlow, path: string, model: LayersModel): RunnableModel {
  const inputs = model.inputs.map(({ sourceLayer, dtype, shape }) => inputOf(path, sourceLayer.name, dtype ?? 'float32', shape));
  const outputs = distinct(model.outputs.map(({ sourceLayer }) => sourceLayer.name));
  return runnable(tensorFlow, path, inputs, outputs, async (tensors) => model.predict([...tensors.values()]));
}

function graphModel(tensorFlow: TensorFlow, path: string, model: GraphModel): RunnableModel {
  const inputs = model.inputs.map(({ name, dtype, shape }) => inputOf(path, name, dtype, shape ?? []));
  const outputs = model.outputs.map(({ name }) => name);
  let isDynamic = false; // known once a run was refused for control flow or dynamic shapes
  return runnable(tensorFlow, path, inputs, outputs, async (tensors) => {
    const feeds = Object.fromEntries(tensors);
    if (!isDynamic) {
      try {
        return model.execute(feeds, outputs);
      } catch (error) {
        if (!(error instanceof Error && error.message.includes('executeAsync'))) throw error;
        isDynamic = true;
      }
    }
    return await model.executeAsync(feeds, outputs);
  });
}

function runnable(
  tensorFlow: TensorFlow,
  path: string,
  inputs: readonly ModelInput[],
  outputNames: readonly string[],
  compute: (tensors: ReadonlyMap<string, tf.Tensor>) => Promise<tf.Tensor | tf.Tensor[]>,
): RunnableModel {
  return {
    inputs,
    prepare(values) {
      // By name, or else by position: layers without a name of their own are numbered in each
      // process.
      const inOrder = Object.values(values);
      const tensors = new Map(inputs.map(({ name }, i) => [name, toTensor(tensorFlow, name, values[name] ?? inOrder[i])]));
      return {
        async run() {
          try {
            const outputs = [await compute(tensors)].flat();
            return await valuesOf(outputNames, outputs);
          } catch (error) {
            throw new Error(`${printable(path)}: TensorFlow.js cannot run it: ${oneLine(error)}`, { cause: error });
          }
        },
        dispose: () => tensorFlow.dispose([...tensors.values()]),
      };
    },
  };
}

const TYPES: Partial<Record<string, TensorType>> = { float32: 'float32', int32: 'int32', bool: 'bool' };

function inputOf(path: string, name: string, dtype: string, shape: readonly (number | null)[]): ModelInput {
  const type = TYPES[dtype];
  if (type === undefined)
    throw new Error(`${printable(path)}: its input ${printable(name)} has the type ${dtype}, which cannot be generated`);
  return { name, type, shape: shape.map((size) => (size !== null && size > 0 ? size : undefined)) };
}

function toTensor(tensorFlow: TensorFlow, name: string, value: TensorValue | undefined): tf.Tensor {
  if (value === undefined) throw new Error(`the input ${printable(name)} has no value`);
  return tensorFlow.tensor(value.data as Float32Array, [...value.shape], value.type as tf.DataType);
}

async function valuesOf(names: readonly string[], outputs: readonly tf.Tensor[]): Promise<NamedTensors> {
  const values = await Promise.all(
    outputs.map(async (tensor, i): Promise<[string, TensorValue]> => {
      const data = (await tensor.data()) as Float32Array | Int32Array | Uint8Array;
      return [names[i] ?? `output ${i}`, { type: TYPES[tensor.dtype] ?? 'string', data, shape: tensor.shape }];
    }),
  );
  for (const tensor of outputs) tensor.dispose();
  return Object.fromEntries(values);
}

/** Names, with a number behind those that repeat. */
function distinct(names: readonly string[]): string[] {
  return names.map((name, i) => (names.indexOf(name) === i ? name : `${name}:${i}`));
}
