/** Writes a layers model as an ONNX model. */
import { create } from '@bufbuild/protobuf';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { ModelProtoSchema } from 'onnx-buf';
import type { Layout } from 'softpool';
import { rangeError, typeError } from 'softpool/internal';
import { DOMAIN, DOMAIN_VERSION } from '../graph/domain.ts';
import { writeModel } from '../graph/model.ts';
import { VERSION } from '../version.generated.ts';
import { layerGraph } from './layer-graph.ts';
import { checkOptions, type ToOnnxOptions } from './options.ts';
import { addOutputs, described, portOrder } from './ports.ts';
import { UnsupportedLayersError } from './unsupported.ts';
import type { Value } from './values.ts';
import { writeLayers } from './walk.ts';
import { readWeights } from './weights.ts';

/** The first IR version with functions. */
const IR_VERSION = 8n;

/**
 * Writes a LayersModel of TensorFlow.js as an ONNX model of float32, for every ONNX runtime.
 * Outputs differ by at most 1e-5 of the largest one.
 *
 * Nodes and values are named after the layers. The batch is dynamic (`N`), and so are all sizes
 * that the model does not fix. Layers are written as after training: without dropout, and
 * normalized with their moving averages. TensorFlow.js is not a dependency here, since the model
 * brings its own.
 *
 * @param model - The model, with its weights on any backend. It does not change.
 * @param options - Opset, layout of inputs and outputs, and whether soft pooling is a function.
 * @returns The bytes of the model.
 * @throws UnsupportedLayersError that names all layers that cannot be written; RangeError or
 * TypeError that names the option, or says what is wrong with the model; RangeError if the weights
 * exceed the 2 GiB of an ONNX model.
 * @example
 * ```ts
 * await tf.ready(); // the backend that holds the weights
 * const model = tfl.sequential({ name: 'small' });
 * model.add(tfl.layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, activation: 'relu', name: 'conv' }));
 * model.add(tfl.layers.flatten({ name: 'flat' }));
 * model.add(tfl.layers.dense({ units: 10, name: 'logits' }));
 * const bytes = await toOnnx(model, { layout: 'channelsFirst' }); // for a file, or for ONNX Runtime
 * bytes instanceof Uint8Array; // true
 * ```
 */
export async function toOnnx(model: LayersModel, options: ToOnnxOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  checkModel(model);
  const checked = checkOptions(options, model.name);
  const weights = await readWeights(model);
  const graph = layerGraph(checked.opset);
  const inputs = model.inputs.map(({ name, shape }, index): Value => {
    return { name: graph.freeName(model.inputNames[index] ?? name), shape, order: portOrder(shape.length, checked.layout) };
  });
  const { outputs, unsupported } = writeLayers(model, inputs, { graph, weights, inline: checked.inline, target: checked.target });
  if (unsupported.length > 0) throw new UnsupportedLayersError(unsupported);
  const outputPorts = addOutputs(graph, inputs, outputs, model.outputNames, checked.layout);
  const ports = new Set([...inputs, ...outputPorts].map(({ name }) => name));
  const written = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'softpool',
    producerVersion: VERSION,
    opsetImport: [
      { domain: '', version: BigInt(checked.opset) },
      ...(graph.functions.size > 0 ? [{ domain: DOMAIN, version: BigInt(DOMAIN_VERSION) }] : []),
    ],
    functions: [...graph.functions.values()],
    graph: {
      name: checked.name,
      docString: DOCUMENTATION[checked.layout],
      node: graph.nodes,
      initializer: [...graph.initializers.values()],
      input: inputs.map(described),
      output: outputPorts.map(described),
      valueInfo: Array.from(graph.results.values())
        .filter(({ name }) => !ports.has(name))
        .map(described),
    },
  });
  return writeModel(written);
}

/** Throws unless it is a layers model with known inputs of float32. */
function checkModel(model: LayersModel): void {
  if (!Array.isArray((model as Partial<LayersModel> | undefined)?.layers)) {
    throw typeError('toOnnx', 'model', 'a layers model of TensorFlow.js, not a graph model', model);
  }
  if (model.outputs.length === 0) {
    throw rangeError('toOnnx', 'model.outputs', 'known', model.outputs, ': give its first layer an inputShape');
  }
  const other = model.inputs.find(({ dtype }) => dtype !== 'float32');
  if (other !== undefined) throw rangeError('toOnnx', `the dtype of the input '${other.name}'`, "'float32'", other.dtype);
}

const DOCUMENTATION: Readonly<Record<Layout, string>> = {
  channelsLast: 'A LayersModel of TensorFlow.js. Inputs and outputs are as in TensorFlow.js, channels last.',
  channelsFirst: 'A LayersModel of TensorFlow.js. Inputs and outputs of three axes and more have their channels first.',
};
