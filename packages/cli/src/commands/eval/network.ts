/** A network by name with its weights, and the network of a run. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackboneName } from '@softpool/models';
import type { DataFingerprint, Settings } from '@softpool/training/node';
import { UsageError } from '../../shared/exit-codes.ts';
import { statPath } from '../../shared/files/read-file.ts';
import { DEFAULTS, flagsOf, type RunFlags } from '../../shared/networks/flags.ts';
import {
  checkName,
  createNetwork,
  inputOf,
  loadInto,
  type NetworkInput,
  networkSettings,
  openData,
  warnOfUntrained,
} from '../../shared/networks/network.ts';
import { weightsIn } from '../../shared/networks/run-weights.ts';
import { refuseUnused } from '../../shared/networks/used-flags.ts';
import { SIZE_OPTIONS, VALUE_OPTIONS } from '../../shared/preprocessing/flags.ts';
import { askedSize, type ImageRecipe, imageRecipe } from '../../shared/preprocessing/image-recipe.ts';
import { type PreprocessorConfig, preprocessorConfigOf } from '../../shared/preprocessing/preprocessor-config.ts';
import { plural, printable } from '../../shared/text.ts';
import { evaluationData } from './data.ts';
import { startRuntime } from './runtime.ts';
import { configInWords, type EvalFlags, imageTransform, pictureSize, recipeSettings, type Subject } from './subject.ts';

/** Opens the network, its weights and its data. */
export async function networkSubject(weights: string, given: EvalFlags): Promise<Subject> {
  const { readConfig } = await import('@softpool/training/node');
  const run = (await statPath(weights)).isDirectory() ? readConfig(weights).settings : undefined;
  const known = { ...DEFAULTS, ...(run && flagsOf(run)) };
  const config = run === undefined ? await preprocessorConfigOf(weights) : undefined;
  const flags = checkedFlags({ ...known, ...given, mean: known.mean, std: known.std }, given, config);
  refuseUnused(given, flags);
  if (given.split === 'all' && given.validationShare !== undefined) throw new UsageError('--validation-share is not for --split all');
  await checkName(flags.model);
  const compute = await startRuntime(given, flags.backend);
  const dataSet = await evaluationData(given, flags, run && { classes: run.classes as readonly string[] | undefined });
  if (run !== undefined) await warnOfNewSplit(run, flags, given);
  const input = await inputOf(flags, dataSet);
  const images = imagesFor(input, given, config);
  const path = run === undefined ? weights : await weightsIn(weights);
  const network = await createNetwork(flags, input.inputShape, dataSet.classes.length);
  await loadInto(network, path, given);
  warnOfUntrained(network, given);
  const { model, runtime, backend, fallback, close } = await compute(network);
  const reason = fallback === undefined ? '' : ` (ONNX Runtime is not used: ${printable(fallback)})`;
  return {
    model,
    dataSet,
    transform: images === undefined ? input.evaluation : await imageTransform(images),
    settings: { ...networkSettings(flags, input), ...(images && recipeSettings(images)) },
    words: `${flags.model} with ${flags.pool} pooling, ${printable(path)}, on ${backend}${reason}${configInWords(config)}`,
    plan: { model: flags.model, pool: flags.pool, weightsFile: path, inputShape: input.inputShape, runtime, backend, fallback },
    batchSize: flags.batchSize,
    files: [...(await filesOf(weights)), ...(config ? [config.path] : [])],
    close,
  };
}

/** Flags that choose other samples than those on which a run was validated. */
const SAMPLE_FLAGS = ['data', 'validationShare', 'seed', 'classes'] as const satisfies readonly (keyof EvalFlags)[];

/**
 * Warns if a run's data was split at random and has changed: the new split takes samples for
 * validation that the run was trained on.
 */
async function warnOfNewSplit(run: Settings, flags: RunFlags, given: EvalFlags): Promise<void> {
  const { dataFingerprint, FOR_TRAINING } = await import('@softpool/training/internal');
  const before = run.trainingData as DataFingerprint | undefined;
  const isOwn = (given.split ?? 'validation') === 'validation' && SAMPLE_FLAGS.every((name) => given[name] === undefined);
  if (!before?.name.includes(FOR_TRAINING) || !isOwn) return;
  const now = dataFingerprint(await openData(flags, 'training', flags.limit));
  if (now.sha256 === before.sha256) return;
  const counts = `${plural(before.samples, 'training sample')} then, ${now.samples} now`;
  process.stderr.write(
    `softpool: the data has changed since training (${counts}) and is split anew: it may be evaluated on samples of the training\n`,
  );
}

/** A file of weights, or the files of a run. */
async function filesOf(weights: string): Promise<string[]> {
  if (!(await statPath(weights)).isDirectory()) return [weights];
  return (await readdir(weights)).map((name) => join(weights, name));
}

function checkedFlags(
  flags: Partial<Omit<RunFlags, 'model'>> & typeof DEFAULTS & { readonly model?: string },
  given: EvalFlags,
  config: PreprocessorConfig | undefined,
): RunFlags {
  const { model, data } = flags;
  if (model !== undefined && data !== undefined) {
    const isClip = flags.inputSize?.length === 3;
    const asked = isClip ? undefined : askedSize({ ...given, inputSize: pictureSize(given) }, config).size;
    return { ...flags, model: model as BackboneName, data, inputSize: asked ?? flags.inputSize };
  }
  const missing = [
    ...(model === undefined ? ['network of the weights: give --model resnet50; softpool models lists all'] : []),
    ...(data === undefined ? ['data: give --data folder'] : []),
  ];
  throw new UsageError(`missing ${missing.join('; ')}`);
}

/** The recipe that flags and the file ask for; `undefined` if they leave images to the network. */
function imagesFor(
  { inputShape, resize, normalization }: NetworkInput,
  given: EvalFlags,
  config: PreprocessorConfig | undefined,
): ImageRecipe | undefined {
  if (given.layout !== undefined) throw new UsageError('--layout is for ONNX models');
  const flag = [...SIZE_OPTIONS, ...VALUE_OPTIONS].find((name) => given[name] !== undefined);
  if (flag === undefined && config === undefined) return undefined;
  const [height = 0, width = 0, channels = 0, ...more] = inputShape;
  if (more.length > 0) {
    const what = flag === undefined ? printable(config?.path ?? '') : `--${flag}`;
    throw new UsageError(`${what} is for networks for pictures, but this is a network for clips`);
  }
  return imageRecipe(given, config, { size: [height, width], channels, resize, normalizing: { divisor: 255, ...normalization } });
}
