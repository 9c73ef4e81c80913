/** Random layers models, and comparisons of TensorFlow.js and ONNX Runtime on the same input. */
import { fromBinary } from '@bufbuild/protobuf';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { ModelProtoSchema } from 'onnx-buf';
import ort from 'onnxruntime-node';
import { type ToOnnxOptions, toOnnx } from '../tfjs.ts';

/** The largest allowed difference, relative to the largest output. */
export const TOLERANCE = 1e-5;

/** A model of these layers with random weights. A size of `null` stays dynamic. */
export function modelOfLayers(inputShape: readonly (number | null)[], ...layers: tfl.layers.Layer[]): tfl.LayersModel {
  const input = tfl.input({ shape: [...inputShape], name: 'x' });
  const output = layers.reduce((x, layer) => layer.apply(x) as tfl.SymbolicTensor, input);
  return withRandomWeights(tfl.model({ inputs: input, outputs: output }));
}

/** Gives every weight random numbers. Variances and scales are positive. */
export function withRandomWeights(model: tfl.LayersModel, seed = 7): tfl.LayersModel {
  model.weights.forEach((weight, index) => {
    const { originalName: name, shape } = weight;
    const isPositive = /variance|gamma|beta$/.test(name);
    const fan = shape.slice(0, -1).reduce<number>((product, size) => product * Number(size), 1);
    const values = tf.randomUniform(shape.map(Number), isPositive ? 0.5 : -1, isPositive ? 1.5 : 1, 'float32', seed + index);
    weight.write(shape.length > 1 ? tf.mul(values, 2 / Math.sqrt(fan)) : values);
  });
  return model;
}

/**
 * The largest difference between both runtimes for a random input, relative to the largest output
 * of TensorFlow.js.
 */
export async function difference(model: tfl.LayersModel, options: ToOnnxOptions = {}, sizes: readonly number[] = []): Promise<number> {
  const written = await toOnnx(model, options);
  return await differenceOf(model, written, options, sizes);
}

/**
 * The same for a written model. `sizes` are the dynamic ones, batch first. Default: a batch of two.
 */
export async function differenceOf(
  model: tfl.LayersModel,
  written: Uint8Array,
  { layout }: ToOnnxOptions = {},
  sizes: readonly number[] = [],
): Promise<number> {
  const inLayout = (x: tf.Tensor): tf.Tensor => (layout === 'channelsFirst' ? channelsFirst(x) : x);
  const inputs = model.inputs.map(({ shape }, index) => randomInput(shape, sizes, 11 + index));
  const expected = [model.predict(inputs)].flat().map(inLayout);
  const session = await ort.InferenceSession.create(written, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const feeds: Record<string, ort.Tensor> = {};
  for (const [index, name] of session.inputNames.entries()) feeds[name] = await toOrt(inLayout(inputs[index] as tf.Tensor));
  const results = await session.run(feeds);
  let worst = 0;
  for (const [index, name] of session.outputNames.entries()) {
    const [result, tensor] = [results[name] as ort.Tensor, expected[index] as tf.Tensor];
    if (tensor.shape.join() !== result.dims.join()) throw new Error(`output ${index} is [${result.dims}], not [${tensor.shape}]`);
    worst = Math.max(worst, relativeDifference(result.data as Float32Array, (await tensor.data()) as Float32Array));
  }
  await session.release();
  tf.dispose([inputs, expected]);
  return worst;
}

/** The transposes of the written model, e.g. `x → x/transposed_0312`. */
export async function transposesIn(model: tfl.LayersModel, options: ToOnnxOptions = {}): Promise<string[]> {
  const { graph } = fromBinary(ModelProtoSchema, await toOnnx(model, options));
  const moving = graph?.node.filter(({ opType }) => opType === 'Transpose') ?? [];
  return moving.map(({ input, output }) => `${input} → ${output}`);
}

/** A random input. Open sizes are taken from `sizes` in turn. Default: a batch of two. */
function randomInput(shape: tfl.Shape, sizes: readonly number[], seed: number): tf.Tensor {
  let open = 0;
  const known = shape.map((size, axis) => size ?? sizes[open++] ?? (axis === 0 ? 2 : 9));
  return tf.randomNormal(known, 0, 1, 'float32', seed);
}

function channelsFirst(x: tf.Tensor): tf.Tensor {
  if (x.rank < 3) return x;
  return tf.transpose(x, [0, x.rank - 1, ...Array.from({ length: x.rank - 2 }, (_, axis) => axis + 1)]);
}

async function toOrt(x: tf.Tensor): Promise<ort.Tensor> {
  return new ort.Tensor('float32', (await x.data()) as Float32Array, x.shape);
}

function relativeDifference(values: Float32Array, expected: Float32Array): number {
  let [worst, largest] = [0, 0];
  expected.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(value - (values[i] as number)));
    largest = Math.max(largest, Math.abs(value));
  });
  if (!(largest > 0)) throw new Error('TensorFlow.js gives only zeros, or NaN');
  return worst / largest;
}
