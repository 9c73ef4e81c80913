/** Runs `softpool eval`. */
import type { OpenDataSetOptions, Shard } from '@softpool/training/node';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { readText, statPath } from '../../shared/files/read-file.ts';
import { DEFAULTS, flagsOf, type RunFlags } from '../../shared/networks/flags.ts';
import { checkName, createNetwork, inputOf, loadInto, networkSettings, openData } from '../../shared/networks/network.ts';
import { weightsIn } from '../../shared/networks/run-weights.ts';
import { requirePackages } from '../../shared/packages.ts';
import { createProgressBar } from '../../shared/progress-bar.ts';
import { printable, threeDigits } from '../../shared/text.ts';
import { type OutputFlags, refuseExistingOutputs, writeOutputs } from './outputs.ts';

/** What commander makes of the arguments. */
export interface EvalFlags extends Partial<RunFlags>, OutputFlags {
  readonly part?: 'validation' | 'training' | 'all';
  readonly shard?: Shard;
  /** A file with the name of a class in each line. */
  readonly classes?: string;
  readonly maxCorrupt?: number;
}

const BAR = '{bar} {value}/{total} | top-1 {top1} % | {speed} images/s | {eta_formatted} left';

/** Runs the command; resolves to its exit status. */
export async function runEval(given: EvalFlags): Promise<number> {
  const { weights } = given;
  if (weights === undefined || weights === null) throw new UsageError('say which weights: --weights runs/name, or a file');
  if (given.shard !== undefined && given.shard.count > 1 && given.output === undefined && given.json !== true) {
    throw new UsageError('a part is of use only in a file: give -o part.json');
  }
  await refuseExistingOutputs(given);
  requirePackages('@softpool/training');
  const models = await import('@softpool/training/node');
  const run = (await statPath(weights)).isDirectory() ? models.readConfig(weights).settings : undefined;
  const flags = checkedFlags({ ...DEFAULTS, ...(run && flagsOf(run)), ...given });
  await checkName(flags.model);
  const backend = await models.openBackend(flags.backend);
  const classes = given.classes === undefined ? (run?.classes as readonly string[] | undefined) : await classNames(given.classes);
  const dataSet = await openData(flags, partOf(given, run !== undefined), classes);
  const input = await inputOf(flags, dataSet);
  const model = await createNetwork(flags, input.shape, dataSet.classes.length);
  const path = run === undefined ? weights : await weightsIn(weights);
  await loadInto(model, path);
  const samples = dataSet.labels.length.toLocaleString('en');
  process.stderr.write(
    `${flags.model} with ${flags.pool} pooling, ${printable(path)}, on ${backend}; ${printable(dataSet.name)}, ${samples} samples of ${dataSet.classes.length} classes\n`,
  );
  const bar = createProgressBar(BAR);
  try {
    const result = await models.evaluate({
      model,
      dataSet,
      transform: input.evaluation,
      batchSize: flags.batchSize,
      shard: given.shard,
      maxCorrupt: given.maxCorrupt,
      settings: networkSettings(flags, input),
      onCorrupt: ({ message }) => bar.line(`softpool: left out: ${printable(message)}`),
      onProgress: ({ done, total, samplesPerSecond, top1 }) =>
        bar.update(done, total, { speed: threeDigits(samplesPerSecond), top1: (100 * top1).toFixed(2) }),
    });
    bar.stop();
    await writeOutputs(result, given);
    return EXIT.ok;
  } finally {
    bar.stop();
  }
}

function checkedFlags(flags: Partial<RunFlags> & typeof DEFAULTS): RunFlags {
  const { model, data } = flags;
  if (model === undefined) throw new UsageError('say which network the weights are of: --model resnet50; softpool models lists them');
  if (data === undefined) throw new UsageError('say what it is evaluated on: --data folder');
  return { ...flags, model, data };
}

async function classNames(path: string): Promise<string[]> {
  const text = await readText(path);
  const names = text.split(/\r?\n/).filter((line) => line !== '');
  if (names.length === 0) throw new Error(`${printable(path)}: there are no names in it`);
  return names;
}

/** Data of a run is evaluated on what the run kept for validation; other data as a whole, unless it has a part for that. */
function partOf({ part, data }: EvalFlags, isRun: boolean): NonNullable<OpenDataSetOptions['part']> {
  return part ?? (isRun && data === undefined ? 'validation' : 'evaluation');
}
