/** Runs `softpool train`. */
import type { OtherSettingsError, TrainResult } from '@softpool/training/node';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { saveOnSignal } from '../../shared/interruption.ts';
import { DEFAULTS, differentFlags, flagsOf, type RunFlags } from '../../shared/networks/flags.ts';
import { checkName, createNetwork, inputOf, loadInto, networkSettings, openData } from '../../shared/networks/network.ts';
import { requirePackages } from '../../shared/packages.ts';
import { printable } from '../../shared/text.ts';
import { trainingProgress } from './progress.ts';

/** What commander makes of the arguments. */
export interface GivenFlags extends Partial<RunFlags> {
  readonly out?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly maxCorrupt?: number;
  readonly checkpointSteps?: number;
  readonly checkpointSeconds?: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Runs the command; resolves to its exit status. */
export async function runTrain(given: GivenFlags): Promise<number> {
  const { out, resume = false, force = false, quiet = false, json = false } = given;
  if (out === undefined || out === '') throw new UsageError('give the folder of the run: --out runs/name');
  if (resume && force) throw new UsageError('--resume and --force exclude each other: the one continues a run, the other replaces it');
  requirePackages('@softpool/training');
  const models = await import('@softpool/training/node'); // not before it is needed: TensorFlow.js takes longer to start than all the rest
  const flags = checkedFlags({ ...DEFAULTS, ...(resume && flagsOf(models.readConfig(out).settings)), ...given });
  await checkName(flags.model);
  const say = (line: string): void => {
    if (!quiet) process.stderr.write(`${line}\n`);
  };
  const stop = new AbortController();
  let status: number = EXIT.ok;
  const takeBack = saveOnSignal((signal) => {
    status = EXIT.interrupted[signal];
    stop.abort();
  });
  try {
    const backend = await models.openBackend(flags.backend);
    const training = await openData(flags, 'training');
    const validation = await openData(flags, 'validation', training.classes);
    const input = await inputOf(flags, training);
    const model = await createNetwork(flags, input.shape, training.classes.length);
    if (flags.weights !== null) await loadInto(model, flags.weights);
    say(
      `${flags.model} with ${flags.pool} pooling, ${model.countParams().toLocaleString('en')} weights, input ${input.shape.join('×')}, on ${backend}`,
    );
    say(`training: ${dataInWords(training)}; validation: ${dataInWords(validation)}`);
    const progress = trainingProgress({ quiet });
    const warn = (message: string): void => progress.line(`softpool: ${printable(message)}`);
    const { epochs, batchSize, momentum, weightDecay, labelSmoothing, seed } = flags;
    try {
      const result = await models.train({
        model,
        trainingData: { dataSet: training, transform: input.training },
        validationData: { dataSet: validation, transform: input.evaluation },
        out,
        resume,
        force,
        settings: { ...networkSettings(flags, input), initialWeights: flags.weights, classes: [...training.classes] },
        ...{ epochs, batchSize, momentum, weightDecay, labelSmoothing, seed },
        learningRate: flags.lr,
        decayNormAndBias: flags.normDecay,
        schedule: flags.lrSchedule,
        stepSize: flags.lrStepSize,
        gamma: flags.lrGamma,
        maxCorrupt: given.maxCorrupt,
        checkpointSteps: given.checkpointSteps,
        checkpointSeconds: given.checkpointSeconds,
        signal: stop.signal,
        onStep: progress.step,
        onEpoch: progress.epoch,
        onCorrupt: ({ message }) => warn(`left out: ${message}`),
        onWarning: warn,
      });
      progress.stop();
      say(inWords(result, out));
      if (json) process.stdout.write(`${JSON.stringify({ out, ...result }, null, 2)}\n`);
      return result.status === 'stopped' ? status : EXIT.ok;
    } finally {
      progress.stop();
    }
  } catch (error) {
    if (error instanceof models.OtherSettingsError) throw otherSettings(out, error);
    throw error;
  } finally {
    takeBack();
  }
}

function checkedFlags(flags: Partial<RunFlags> & typeof DEFAULTS): RunFlags {
  const { model, data } = flags;
  if (model === undefined) throw new UsageError('say which network: --model resnet20; softpool models lists them');
  if (data === undefined) throw new UsageError('say what it learns from: --data folder');
  return { ...flags, model, data };
}

function dataInWords({ name, labels, classes }: { name: string; labels: { length: number }; classes: readonly string[] }): string {
  return `${printable(name)}, ${labels.length.toLocaleString('en')} samples of ${classes.length} classes`;
}

function inWords({ status, epochs, steps, best }: TrainResult, out: string): string {
  const found = best === null ? '' : `, best epoch ${best.epoch} with top-1 ${(100 * best.top1).toFixed(2)} %`;
  if (status === 'finished') return `${printable(out)}: ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}${found}`;
  return `${printable(out)}: stopped after step ${steps}, and saved${found}; go on with softpool train --resume --out ${printable(out)}`;
}

function otherSettings(out: string, error: OtherSettingsError): Error {
  return new UsageError(`${printable(out)} cannot be continued with other settings: ${printable(differentFlags(error))}`);
}
