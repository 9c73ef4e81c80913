/** An ONNX classifier in a file, and how images become its inputs. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Classifier, DataSet } from '@softpool/training/node';
import { product } from 'softpool/internal';
import { kebabCase } from '../../shared/arguments/errors.ts';
import { UsageError } from '../../shared/exit-codes.ts';
import { imageAxes, imageSize } from '../../shared/inference/image-layout.ts';
import { type OpenedClassifier, onnxClassifier, openClassifier } from '../../shared/inference/onnx-classifier.ts';
import { type OnnxFile, readOnnx } from '../../shared/models/onnx-file.ts';
import { outputKind } from '../../shared/models/output-kind.ts';
import { DEFAULTS } from '../../shared/networks/flags.ts';
import { hasValueFlags } from '../../shared/preprocessing/flags.ts';
import { askedSize, type ImageRecipe, imageRecipe } from '../../shared/preprocessing/image-recipe.ts';
import { type PreprocessorConfig, preprocessorConfigOf } from '../../shared/preprocessing/preprocessor-config.ts';
import { printable } from '../../shared/text.ts';
import { evaluationData } from './data.ts';
import { onnxRuntimeInWords, runtimeThreads } from './runtime.ts';
import { configInWords, type EvalFlags, imageTransform, pictureSize, recipeSettings, type Subject } from './subject.ts';

/** Flags of networks by name, which an ONNX file has inside. */
const NETWORK_FLAGS = [
  'weights',
  'pool',
  'positions',
  'beta',
  'poolWeights',
  'augment',
  'weightsPrefix',
  'except',
  'backend',
] as const satisfies readonly (keyof EvalFlags)[];

/** Opens the classifier at `path` and its data. */
export async function onnxSubject(path: string, given: EvalFlags): Promise<Subject> {
  const { data, inputSize } = given;
  const other = NETWORK_FLAGS.find((name) => given[name] !== undefined);
  if (other !== undefined) throw new UsageError(`--${kebabCase(other)} is for networks by name; an ONNX model is evaluated as it is`);
  if (given.runtime === 'tfjs') throw new UsageError('--runtime tfjs is for networks by name; ONNX models run on ONNX Runtime');
  if (data === undefined) throw new UsageError('missing data: give --data folder');
  const config = await preprocessorConfigOf(path);
  const file = await readOnnx(path);
  const threads = runtimeThreads(given);
  const opened = await openClassifier(path, { model: path, threads });
  try {
    const { batchSize, seed, validationShare } = { ...DEFAULTS, ...given };
    const dataSet = await evaluationData(given, { data, seed, validationShare, inputSize: inputSize ?? null }, undefined);
    await checkPictures(path, dataSet);
    const axes = imageAxes(opened.input, given);
    checkNormalization(path, opened, given, config);
    const { recipe, order } = recipeFor(opened, given, config);
    const { operator, values } = outputKind(file.bytes, opened.output.name);
    const hasSoftmax = isSoftmax(path, operator, opened.output.name);
    const feed = { inputShape: [...recipe.size, axes.channels], axes };
    const about = { name: path, weights: { values, sha256: await modelDigest(path, file) } };
    const plain = await onnxClassifier(opened, feed, about);
    const isProbability = hasSoftmax || (await givesProbabilities(plain, feed.inputShape));
    const model = isProbability ? await onnxClassifier(opened, { ...feed, isProbability }, about) : plain;
    checkClasses(path, model, dataSet, given);
    const kind = isProbability ? ', which gives probabilities,' : '';
    return {
      model,
      dataSet,
      transform: await imageTransform({ recipe, order }),
      settings: { model: 'onnx', ...recipeSettings({ recipe, order }) },
      words: `${printable(path)}${kind} on ${onnxRuntimeInWords(threads)}${configInWords(config)}`,
      plan: { model: path, inputShape: feed.inputShape, runtime: 'onnx', backend: onnxRuntimeInWords(threads) },
      batchSize,
      files: [path, ...file.files.map((name) => join(dirname(path), name)), ...(config ? [config.path] : [])],
      close: () => opened.session.close(),
    };
  } catch (error) {
    await opened.session.close();
    throw error;
  }
}

/** Throws unless it is known what the values of inputs mean; bytes are what images have. */
function checkNormalization(path: string, { input }: OpenedClassifier, given: EvalFlags, config: PreprocessorConfig | undefined): void {
  if (config !== undefined || hasValueFlags(given) || input.type === 'uint8') return;
  const ways = '--normalize imagenet, --mean and --std, or --pixels, or put preprocessor_config.json beside it';
  throw new UsageError(`${printable(path)}: its normalization is not known; give ${ways}`);
}

function recipeFor({ input }: OpenedClassifier, given: EvalFlags, config: PreprocessorConfig | undefined): ImageRecipe {
  const axes = imageAxes(input, given);
  const asked = askedSize({ ...given, inputSize: pictureSize(given) }, config);
  const size = imageSize(input, axes, asked.size, asked.name);
  return imageRecipe(given, config, { size, channels: axes.channels, white: input.type === 'uint8' ? '255' : '1' });
}

async function checkPictures(path: string, dataSet: DataSet): Promise<void> {
  const { sampleShape } = await import('@softpool/training/internal');
  const shape = await sampleShape(dataSet);
  if (shape !== undefined && shape.length !== 3) {
    throw new Error(`${printable(path)} is a network for pictures, but ${printable(dataSet.name)} has clips`);
  }
}

/** Whether the output is probabilities. Throws if it cannot be turned into logits. */
function isSoftmax(path: string, operator: string | undefined, output: string): boolean {
  if (operator !== 'Sigmoid' && operator !== 'HardSigmoid') return operator === 'Softmax';
  const what = `its output ${printable(output)} comes from ${operator}, one yes or no for each class`;
  throw new Error(`${printable(path)}: ${what}, so it has no loss over classes`);
}

/**
 * Whether the outputs for each of three inputs add up to 1 and none is negative, as after a softmax
 * that is written in another way. The inputs are zeros, ones and stripes of both: logits may add up
 * to 1 for one of them.
 */
async function givesProbabilities(classifier: Classifier, inputShape: readonly number[]): Promise<boolean> {
  const samples = [() => 0, () => 1, (i: number) => i % 2].map((valueAt) =>
    Float32Array.from({ length: product(inputShape) }, (_, i) => valueAt(i)),
  );
  for (const sample of samples) {
    const outputs = await classifier.logits(sample, [1, ...inputShape]);
    const sum = outputs.reduce((total, each) => total + each, 0);
    const isProbability = Math.abs(sum - 1) < 1e-3 && outputs.every((each) => each >= 0);
    if (!isProbability) return false;
  }
  return true;
}

function checkClasses(path: string, { classes }: Classifier, dataSet: DataSet, given: EvalFlags): void {
  if (classes === dataSet.classes.length) return;
  const outputs = `${printable(path)} has ${classes} outputs`;
  if (given.classes !== undefined) throw new Error(`${printable(given.classes)} has ${dataSet.classes.length} class names, but ${outputs}`);
  const data = `${printable(dataSet.name)} has ${dataSet.classes.length} classes`;
  throw new Error(`${outputs}, but ${data}; list the classes in the order of the outputs, and give --classes file`);
}

/** A digest of the file and its external weights. */
async function modelDigest(path: string, { bytes, files }: OnnxFile): Promise<string> {
  const hash = createHash('sha256').update(bytes);
  for (const name of [...new Set(files)].sort()) {
    for await (const chunk of createReadStream(join(dirname(path), name))) hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
