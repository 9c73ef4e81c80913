/** Classifiers on ONNX Runtime, computed on a thread of their own. */
import type { Classifier } from '@softpool/training/node';
import { product } from 'softpool/internal';
import { requirePackages } from '../packages.ts';
import { printable, shapeText } from '../text.ts';
import { arranged, type ImageAxes } from './image-layout.ts';
import type { ModelInput } from './runnable-model.ts';
import { openSession, type SessionSettings, type SessionThread } from './session-thread.ts';

/** The output of a classifier. */
interface ClassifierOutput {
  readonly name: string;
  /** Sizes of its axes; `undefined` where they are dynamic. */
  readonly shape: ModelInput['shape'];
}

/** An opened classifier, before it is known what it gets. */
export interface OpenedClassifier {
  readonly input: ModelInput;
  readonly output: ClassifierOutput;
  readonly session: SessionThread;
}

/**
 * Opens a classifier: a model with one input and one output `[N, classes]` of numbers. `name` is
 * that of the model in messages.
 */
export async function openClassifier(name: string, settings: SessionSettings): Promise<OpenedClassifier> {
  requirePackages('onnxruntime-node');
  const wrong = (what: string): Error => new Error(`${printable(name)}: ${what}`);
  const session = await openSession(settings).catch((error: Error) => {
    throw wrong(`ONNX Runtime cannot open it: ${error.message}`);
  });
  try {
    const inputs = tensorsIn(session.inputs);
    const [input, another] = inputs;
    if (input === undefined || another !== undefined || session.inputs.length > 1) {
      throw wrong(`not an image classifier: it has ${session.inputs.length} inputs, ${namesOf(session.inputs)}`);
    }
    return { input, output: outputOf(session, wrong), session };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** An output named `logits`, or else the only one that can be `[N, classes]`. */
function outputOf({ outputs }: SessionThread, wrong: (what: string) => Error): ClassifierOutput {
  const tensors = tensorsIn(outputs).filter(({ type }) => type === 'float32' || type === 'float16' || type === 'float64');
  // Without sizes nothing is known of an output before it is computed.
  const fitting = tensors.filter(({ shape }) => shape.length === 2 || shape.length === 0);
  const logits = fitting.find(({ name }) => name === 'logits');
  const [output, another] = logits === undefined ? fitting : [logits];
  if (output === undefined) {
    const found = tensors.map(({ name, shape }) => `${printable(name)} ${shapeText(shape)}`);
    throw wrong(`not a classifier: it needs an output N × classes, and has ${found.join(', ') || 'none of floating point'}`);
  }
  if (another !== undefined)
    throw wrong(`not a classifier: it has several outputs N × classes, ${namesOf(fitting)}, and none named logits`);
  return output;
}

function tensorsIn(values: SessionThread['inputs']): ModelInput[] {
  return values.flatMap((value) => {
    if (!value.isTensor) return [];
    const shape = value.shape.map((size) => (typeof size === 'number' && size > 0 ? size : undefined));
    return [{ name: value.name, type: value.type, shape }];
  });
}

function namesOf(values: readonly { readonly name: string }[]): string {
  return values.map(({ name }) => printable(name)).join(', ');
}

/** How batches become the input of a model. */
export interface ClassifierFeed {
  /** Shape of one input, channels last. */
  readonly inputShape: readonly number[];
  /** The axes of a model for images; others get batches as they are. */
  readonly axes?: Pick<ImageAxes, 'channels' | 'layout'> | undefined;
  /** Whether the output is probabilities, of which the logarithms are logits. */
  readonly isProbability?: boolean | undefined;
}

/**
 * The most samples in one run. Larger runs take more memory and are not faster, and a command can
 * stop only between runs.
 */
const MOST_AT_ONCE = 4;

/** Makes the classifier. Rejects if its output is not `[N, classes]`. */
export async function onnxClassifier(
  { input, output, session }: OpenedClassifier,
  { inputShape, axes, isProbability = false }: ClassifierFeed,
  { name, weights }: { readonly name: string; readonly weights: Classifier['weights'] },
): Promise<Classifier> {
  const sampleSize = product(inputShape);
  const fixed = input.shape[0];
  const atOnce = fixed ?? MOST_AT_ONCE;
  const run = async (x: Float32Array): Promise<Float32Array> => {
    const samples = x.length / sampleSize;
    const size = fixed ?? samples;
    const values = new Float32Array(size * sampleSize);
    for (let i = 0; i < samples; i++) {
      const sample = x.slice(i * sampleSize, (i + 1) * sampleSize);
      values.set(axes === undefined ? sample : arranged(sample, axes, 'rgb'), i * sampleSize);
    }
    const shape = [size, ...(axes?.layout === 'channelsFirst' ? [axes.channels, ...inputShape.slice(0, -1)] : inputShape)];
    const result = await session.run({ input: input.name, output: output.name, type: input.type, values, shape }).catch((error: Error) => {
      throw new Error(`${printable(name)}: ONNX Runtime cannot run it: ${error.message}`, { cause: error });
    });
    if (result.shape.length !== 2 || result.shape[0] !== size) {
      const found = `${printable(output.name)} ${shapeText(result.shape)}`;
      throw new Error(`${printable(name)}: not a classifier: for ${size} inputs it gives ${found}, not ${size} × classes`);
    }
    const logits = result.values.subarray(0, samples * (result.shape[1] as number));
    return isProbability ? logits.map(Math.log) : logits;
  };
  // The number that a model states may be wrong.
  const classes = (await run(new Float32Array(sampleSize))).length;
  return {
    inputShape,
    classes,
    backend: 'onnxruntime cpu',
    weights,
    async logits(x, [samples = 0]) {
      const runs = Array.from({ length: Math.ceil(samples / atOnce) }, (_, i) => {
        return run(x.subarray(i * atOnce * sampleSize, Math.min(samples, (i + 1) * atOnce) * sampleSize));
      });
      const logits = new Float32Array(samples * classes);
      for (const [i, part] of (await Promise.all(runs)).entries()) logits.set(part, i * atOnce * classes);
      return logits;
    },
  };
}
