/** Runs `softpool eval`. */
import type { Shard, Split } from '@softpool/training/node';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { readText, statPath } from '../../shared/files/read-file.ts';
import { DEFAULTS, flagsOf, type RunFlags } from '../../shared/networks/flags.ts';
import { checkName, createNetwork, inputOf, loadInto, networkSettings, openData } from '../../shared/networks/network.ts';
import { weightsIn } from '../../shared/networks/run-weights.ts';
import { requirePackages } from '../../shared/packages.ts';
import { createProgressBar } from '../../shared/progress-bar.ts';
import { printable, threeDigits } from '../../shared/text.ts';
import { type OutputFlags, printPlan, refuseExistingOutputs, writeOutputs } from './outputs.ts';

/** The options as commander passes them. */
export interface EvalFlags extends Partial<RunFlags>, OutputFlags {
  readonly split?: Split;
  readonly shard?: Shard;
  /** A file with a class name per line. */
  readonly classes?: string;
  readonly maxCorrupt?: number;
}

/** Runs the command and resolves to its exit code. */
export async function runEval(given: EvalFlags): Promise<number> {
  const { weights, shard, dryRun = false, quiet = false } = given;
  if (weights === undefined || weights === null) throw new UsageError('missing the weights: give --weights runs/name, or a file');
  if (shard !== undefined && shard.count > 1 && given.output === undefined && given.json !== true) {
    throw new UsageError('--shard needs --output shard.json or --json');
  }
  await refuseExistingOutputs(given);
  requirePackages('@softpool/training');
  const training = await import('@softpool/training/node');
  const run = (await statPath(weights)).isDirectory() ? training.readConfig(weights).settings : undefined;
  const { limit = 0 } = given;
  const flags = checkedFlags({ ...DEFAULTS, ...(run && flagsOf(run)), ...given });
  await checkName(flags.model);
  const backend = await training.openBackend(flags.backend);
  const classes = given.classes === undefined ? (run?.classes as readonly string[] | undefined) : await classNames(given.classes);
  // Unless it is the run's own data, data without a split of its own is evaluated as a whole.
  const isWhole = given.split === undefined && given.validationShare === undefined && (run === undefined || given.data !== undefined);
  const open = () => openData({ ...flags, ...(isWhole && { validationShare: 1 }) }, given.split ?? 'validation', limit, classes);
  const dataSet = await open().catch((error: unknown) => {
    if (given.classes === undefined || !(error instanceof training.UnknownClassError)) throw error;
    const { unknown, dataSet: data, classes: known } = error;
    const read = `${known.length} ${known.length === 1 ? 'class' : 'classes'}, such as ${printable(known[0] ?? '')}`;
    throw new Error(`${printable(given.classes)} lacks class ${printable(unknown)} of ${printable(data)}; it has ${read}`);
  });
  const input = await inputOf(flags, dataSet);
  const model = await createNetwork(flags, input.inputShape, dataSet.classes.length);
  const path = run === undefined ? weights : await weightsIn(weights);
  await loadInto(model, path, given);
  const samples = dataSet.labels.length;
  const subject = [
    `${flags.model} with ${flags.pool} pooling, ${printable(path)}, on ${backend}`,
    `${printable(dataSet.name)}, ${samples.toLocaleString('en')} samples of ${dataSet.classes.length} classes`,
  ].join('; ');
  if (dryRun) {
    const data = { name: dataSet.name, samples, classes: dataSet.classes.length };
    printPlan(subject, { model: flags.model, pool: flags.pool, weights: path, inputShape: input.inputShape, backend, data, shard }, given);
    return EXIT.ok;
  }
  if (!quiet) process.stderr.write(`${subject}\n`);
  const bar = createProgressBar({ quiet });
  try {
    const result = await training.evaluate({
      model,
      dataSet,
      transform: input.evaluation,
      batchSize: flags.batchSize,
      shard,
      maxCorrupt: given.maxCorrupt,
      settings: networkSettings(flags, input),
      onCorrupt: ({ message }) => bar.line(`softpool: skipped: ${printable(message)}`),
      onProgress: ({ done, total, samplesPerSecond, top1 }) =>
        bar.update(done, total, `${done}/${total} | top-1 ${(100 * top1).toFixed(2)} % | ${threeDigits(samplesPerSecond)} images/s`),
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
  if (model !== undefined && data !== undefined) return { ...flags, model, data };
  const missing = [
    ...(model === undefined ? ['the network of the weights: give --model resnet50; softpool models lists all'] : []),
    ...(data === undefined ? ['the data: give --data folder'] : []),
  ];
  throw new UsageError(`missing ${missing.join('; ')}`);
}

async function classNames(path: string): Promise<string[]> {
  const text = await readText(path);
  const names = text.split(/\r?\n/).filter((line) => line !== '');
  if (names.length === 0) throw new Error(`${printable(path)}: no class names found`);
  return names;
}
