/** Runs `softpool train`. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DataSet } from '@softpool/training';
import type { Json, OtherSettingsError, Settings, TrainingRecipe, TrainResult } from '@softpool/training/node';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { argumentMessage, isArgumentError } from 'softpool/internal';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { realPathOf } from '../../shared/files/real-path.ts';
import { saveOnSignal } from '../../shared/interruption.ts';
import { parameterCount } from '../../shared/models/parameter-count.ts';
import { withResumeFlags } from '../../shared/networks/existing-run.ts';
import { DEFAULTS, differentFlags, flagsOf, RUN_FLAGS, type RunFlags } from '../../shared/networks/flags.ts';
import {
  checkName,
  createNetwork,
  dataInWords,
  inputOf,
  loadInto,
  type NetworkInput,
  networkSettings,
  openData,
  sampleWord,
} from '../../shared/networks/network.ts';
import { refuseAmongClasses } from '../../shared/networks/output-folder.ts';
import { weightsFile } from '../../shared/networks/run-weights.ts';
import { refuseUnused, usedFlags } from '../../shared/networks/used-flags.ts';
import { requireTensorFlow } from '../../shared/packages.ts';
import { printJson } from '../../shared/print-json.ts';
import { grouped, percent, plural, printable } from '../../shared/text.ts';
import { trainingProgress } from './progress.ts';

/** The options as commander passes them. */
export interface GivenFlags extends Partial<RunFlags> {
  readonly output?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly maxCorrupt?: number;
  readonly checkpointEpochs?: number;
  readonly checkpointSteps?: number;
  readonly checkpointSeconds?: number;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Runs the command and resolves to its exit code. */
export async function runTrain(given: GivenFlags): Promise<number> {
  const { output, resume = false, force = false, dryRun = false, quiet = false, json = false } = given;
  const { maxCorrupt, checkpointEpochs, checkpointSteps, checkpointSeconds } = given;
  if (output === undefined) throw missing(given);
  if (resume && force) throw new UsageError('--resume and --force exclude each other: one continues a run, the other replaces it');
  requireTensorFlow(given.backend ?? DEFAULTS.backend, '@softpool/training', '@softpool/models');
  // Late, because TensorFlow.js is slow to load.
  const training = await import('@softpool/training/node');
  const flags = checkedFlags(output, {
    ...DEFAULTS,
    ...(resume && flagsOf(training.readConfig(output).settings)),
    ...given,
  });
  refuseUnused(given, flags);
  const { warmupEpochs, epochs } = flags;
  if (warmupEpochs > 0 && warmupEpochs >= epochs) {
    throw new UsageError(`--warmup-epochs must be below --epochs, ${epochs}, received ${warmupEpochs}`);
  }
  await checkName(flags.model);
  const stop = new AbortController();
  let status: number = EXIT.ok;
  const ignoreSignals = saveOnSignal(
    (signal) => {
      status = EXIT.interrupted[signal];
      stop.abort();
    },
    `${printable(output)}: stopped within a step; continue from the last checkpoint with softpool train --resume --output ${printable(output)}`,
  );
  const progress = trainingProgress({ quiet });
  const warn = (message: string): void => progress.line(`softpool: ${printable(message)}`);
  try {
    const backend = await training.openBackend(flags.backend);
    const subject = await subjectOf(flags, backend, await initialWeights(flags, { output, resume, force }));
    await refuseAmongClasses(output, [subject.trainingData, subject.validationData]);
    if (!quiet && !dryRun) process.stderr.write(`${subjectText(subject)}\n`);
    const { model, input, trainingData, validationData } = subject;
    progress.countAs(sampleWord(input.inputShape.slice(0, -1)));
    const recipe = Object.keys(training.PAPER_RECIPE) as (keyof TrainingRecipe)[];
    const result = await withResumeFlags(() =>
      training.train({
        ...usedFlags(flags, recipe),
        ...{ maxCorrupt, checkpointEpochs, checkpointSteps, checkpointSeconds },
        model,
        trainingData: { dataSet: trainingData, transform: input.training },
        validationData: { dataSet: validationData, transform: input.evaluation },
        ...{ output, resume, force, dryRun },
        settings: {
          ...otherSettings(flags, [...recipe, 'backend']),
          ...networkSettings(flags, input),
          classes: [...trainingData.classes],
        },
        signal: stop.signal,
        onStep: progress.step,
        onEpoch: progress.epoch,
        onCorrupt: ({ reason }) => warn(`skipped: ${reason}`),
        onWarning: warn,
      }),
    );
    progress.stop();
    if (result.status === 'checked') printPlan(subject, output, { quiet, json });
    else {
      if (!quiet) process.stderr.write(`${resultText(result, output)}\n`);
      if (json) printJson({ output, ...result });
    }
    return result.status === 'stopped' ? status : EXIT.ok;
  } catch (error) {
    if (error instanceof training.OtherSettingsError) throw differentSettings(output, error);
    throw error;
  } finally {
    progress.stop();
    ignoreSignals();
  }
}

/** The flags that `train` does not keep by itself, as settings of the run. */
function otherSettings(flags: RunFlags, kept: readonly (keyof RunFlags)[]): Settings {
  return Object.fromEntries(RUN_FLAGS.filter((name) => !kept.includes(name)).map((name) => [name, flags[name] as Json]));
}

function checkedFlags(output: string, flags: Partial<RunFlags> & typeof DEFAULTS): RunFlags {
  const { model, data } = flags;
  if (model === undefined || data === undefined) throw missing({ output, model, data });
  return { ...flags, model, data };
}

/** Names all that is missing. */
function missing({
  output,
  model,
  data,
  resume = false,
}: { [Name in 'output' | 'model' | 'data' | 'resume']?: GivenFlags[Name] | undefined }): UsageError {
  return new UsageError(
    `missing ${[
      ...(output === undefined ? ['folder of the run: give --output runs/name'] : []),
      ...(model === undefined && !resume ? ['network: give --model resnet20; softpool models lists all'] : []),
      ...(data === undefined && !resume ? ['data: give --data folder'] : []),
    ].join('; ')}`,
  );
}

/** What is trained, and on what. */
interface Subject {
  readonly flags: RunFlags;
  readonly backend: string;
  readonly model: LayersModel;
  readonly input: NetworkInput;
  readonly trainingData: DataSet;
  readonly validationData: DataSet;
}

async function subjectOf(flags: RunFlags, backend: string, weights: string | undefined): Promise<Subject> {
  const trainingData = await openData(flags, 'training', flags.limit);
  const validationData = await openData(flags, 'validation', flags.testLimit, trainingData.classes);
  const input = await inputOf(flags, trainingData);
  const model = await createNetwork(flags, input.inputShape, trainingData.classes.length);
  if (weights !== undefined) await loadInto(model, weights, flags);
  await freeze(model, flags);
  return { flags, backend, model, input, trainingData, validationData };
}

/** The file of `--weights`, which is not needed if there is a checkpoint to resume from. */
async function initialWeights(
  { weights }: RunFlags,
  { output, resume, force }: { readonly output: string; readonly resume: boolean; readonly force: boolean },
): Promise<string | undefined> {
  if (weights === null) return undefined;
  const { CHECKPOINT } = await import('@softpool/training/internal');
  if (resume && existsSync(join(output, CHECKPOINT))) return undefined;
  const file = await weightsFile(weights);
  if (force && dirname(await realPathOf(file)) === (await realPathOf(output))) {
    throw new UsageError(`--weights ${printable(weights)} lies in --output, whose run --force replaces; choose another --output`);
  }
  return file;
}

/** Freezes the modules of `--freeze`. */
async function freeze(model: LayersModel, { freeze, except }: RunFlags): Promise<void> {
  if (freeze.length === 0) return;
  const { freezeLayers } = await import('@softpool/models');
  const isLeft = (name: string): boolean => except.some((part) => name === part || name.startsWith(`${part}.`));
  const all = model.layers.map(({ name }) => name).filter((name) => !isLeft(name));
  try {
    freezeLayers(model, freeze.includes('all') ? all : freeze);
  } catch (error) {
    if (!isArgumentError(error)) throw error;
    throw new UsageError(argumentMessage(error, '--freeze'), { cause: error });
  }
  if (model.trainableWeights.length === 0) throw new UsageError('--freeze leaves nothing to train; name modules in --except');
}

function subjectText({ flags, backend, model, input, trainingData, validationData }: Subject): string {
  const parameters = grouped(parameterCount(model));
  return [
    `${flags.model} with ${flags.pool} pooling, ${parameters} parameters, input ${input.inputShape.join('×')}, on ${backend}`,
    `training: ${dataInWords(trainingData)}; validation: ${dataInWords(validationData)}`,
  ].join('\n');
}

function printPlan(subject: Subject, output: string, { quiet, json }: { readonly quiet: boolean; readonly json: boolean }): void {
  const { flags, backend, model, input, trainingData, validationData } = subject;
  const steps = Math.ceil(trainingData.labels.length / flags.batchSize);
  if (!json) {
    if (quiet) return;
    const length = `${plural(flags.epochs, 'epoch')} of ${plural(steps, 'step')}`;
    process.stdout.write(`${subjectText(subject)}\n${length} → ${printable(output)} (dry run: nothing was written)\n`);
    return;
  }
  const described = ({ name, labels, classes }: DataSet) => ({ name, samples: labels.length, classes: classes.length });
  const { inputShape } = input;
  const network = { model: flags.model, pool: flags.pool, parameters: parameterCount(model), inputShape, backend };
  const data = { trainingData: described(trainingData), validationData: described(validationData) };
  printJson({ dryRun: true, output, ...network, ...data, epochs: flags.epochs, stepsPerEpoch: steps });
}

function resultText({ status, epochs, steps, best }: TrainResult, output: string): string {
  const found = best === null ? '' : `; best epoch ${best.epoch}, top-1 ${percent(best.top1)}`;
  if (status === 'finished') return `${printable(output)}: ${plural(epochs, 'epoch')}${found}`;
  const resume = `resume with softpool train --resume --output ${printable(output)}`;
  return `${printable(output)}: stopped after step ${steps} and saved${found}; ${resume}`;
}

function differentSettings(output: string, error: OtherSettingsError): Error {
  return new UsageError(`${printable(output)} cannot be resumed with other settings: ${printable(differentFlags(error))}`);
}
