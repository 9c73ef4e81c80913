/** Two models of one kind, opened to be compared. */
import { UsageError } from '../exit-codes.ts';
import { type DetectedModel, detectModel, isSameRuntime, kindInWords } from '../models/detect-model.ts';
import { preprocessorConfigOf } from '../preprocessing/preprocessor-config.ts';
import { printable } from '../text.ts';
import { type InputFlags, type Inputs, inputsFor } from './inputs.ts';
import { openOnnxModel } from './onnx-runtime.ts';
import type { RunnableModel } from './runnable-model.ts';
import { openTensorFlowModel } from './tensorflow-model.ts';

/** The flags of the commands that run two models. */
export interface PairFlags extends InputFlags {
  readonly threads?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Two models, and the inputs that both get. */
export interface Pair {
  readonly models: readonly [before: RunnableModel, after: RunnableModel];
  readonly inputs: Inputs;
}

/** Opens two models. Rejects if one is ONNX and the other TensorFlow.js. */
export async function openPair(before: string, after: string, flags: PairFlags): Promise<Pair> {
  const [first, second] = [await detectModel(before), await detectModel(after)];
  if (!isSameRuntime(first, second)) {
    throw new UsageError(`${kindInWords(first)} and ${kindInWords(second)}: give two models of the same kind`);
  }
  if (flags.threads !== undefined && first.kind !== 'onnx') {
    throw new UsageError('--threads is for ONNX models: TensorFlow.js runs on one thread');
  }
  const models = [await openModel(first, flags), await openModel(second, flags)] as const;
  if (first.kind === 'onnx') checkNames(before, models[0], after, models[1]);
  const config = flags.images === undefined ? undefined : await preprocessorConfigOf(first.path);
  if (config !== undefined && !flags.quiet) process.stderr.write(`images are prepared as ${printable(config.path)} says\n`);
  return { models, inputs: await inputsFor(models[0].inputs, flags, config) };
}

/** ONNX Runtime gives a value to an input by its name. */
function checkNames(before: string, { inputs }: RunnableModel, after: string, { inputs: others }: RunnableModel): void {
  const [names, otherNames] = [inputs, others].map((each) =>
    each
      .map(({ name }) => printable(name))
      .sort()
      .join(', '),
  );
  if (names === otherNames) return;
  throw new Error(
    `the inputs differ: ${printable(before)} has ${names}, ${printable(after)} has ${otherNames}; compare two versions of one model`,
  );
}

async function openModel(model: DetectedModel, { threads = 0 }: PairFlags): Promise<RunnableModel> {
  const { kind, path } = model;
  if (kind === 'huggingFace') throw new UsageError(`${kindInWords(model)}; give one of its .onnx files`);
  return kind === 'onnx' ? openOnnxModel(path, threads) : openTensorFlowModel(path, kind);
}
