/** Runs `softpool export`. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackboneName, Normalization } from '@softpool/models';
import type { Target } from '@softpool/onnx';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { inFile, kebabCase, withFlagNames } from '../../shared/arguments/errors.ts';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { statPath } from '../../shared/files/read-file.ts';
import { refuseExisting, writeAtomic } from '../../shared/files/write-file.ts';
import { type DetectedModel, detectModel, kindInWords } from '../../shared/models/detect-model.ts';
import { exportOnnx } from '../../shared/models/export-onnx.ts';
import { loadSavedLayersModel, networkOfRun, normalizationOfRun, packagesFor } from '../../shared/models/layers-model.ts';
import { isGraphModel, readModelJson } from '../../shared/models/model-json.ts';
import { parameterCount } from '../../shared/models/parameter-count.ts';
import { refuseOwnFiles } from '../../shared/models/refuse-outputs.ts';
import type { RunFlags } from '../../shared/networks/flags.ts';
import { checkName, loadInto, warnOfUntrained } from '../../shared/networks/network.ts';
import { refuseUnused } from '../../shared/networks/used-flags.ts';
import { requireTensorFlow } from '../../shared/packages.ts';
import { printJson } from '../../shared/print-json.ts';
import { type ReportFlags, reportWritten } from '../../shared/report-written.ts';
import { startTensorFlow } from '../../shared/tensorflow.ts';
import { grouped, printable } from '../../shared/text.ts';

/** What commander makes of the arguments. */
export interface ExportFlags extends ReportFlags {
  readonly output: string;
  readonly model?: string;
  readonly weights?: string;
  readonly except?: readonly string[];
  readonly weightsPrefix?: string;
  readonly classes?: number;
  readonly inputSize?: readonly number[];
  readonly pool?: RunFlags['pool'];
  readonly positions?: RunFlags['positions'];
  readonly beta?: number;
  readonly poolWeights?: RunFlags['poolWeights'];
  readonly inline?: boolean;
  readonly for?: Target;
  readonly layout?: 'channelsFirst' | 'channelsLast';
  readonly force?: boolean;
}

/** Runs the command; resolves to its exit code. If it fails, nothing is written. */
export async function runExport(given: string | undefined, flags: ExportFlags): Promise<number> {
  const { output, inline, for: target, layout = 'channelsLast', force = false } = flags;
  const { path, files, model, normalization } = given === undefined ? await namedNetwork(flags) : await savedModel(given, flags);
  const bytes = await inFile(path, () => exportOnnx(model, { inline, for: target, layout }));
  await refuseOwnFiles(path, [{ path: output }], files);
  if (!force) await refuseExisting(output);
  if (!flags.dryRun) await writeAtomic(output, bytes, { force });
  const parameters = parameterCount(model);
  const report = { dryRun: flags.dryRun, input: path, output, outputBytes: bytes.length, parameters, normalization };
  if (flags.json) printJson(report);
  const inputs = normalization === undefined ? [] : [`mean ${normalization.mean.join(' ')}, std ${normalization.std.join(' ')}`];
  reportWritten(path, output, [`${grouped(parameters)} parameters`, ...inputs], flags);
  return EXIT.ok;
}

/** What is exported, and how its inputs must be normalized if that is known. */
interface Exported {
  readonly path: string;
  /** The files in which it is. */
  readonly files: readonly string[];
  readonly model: LayersModel;
  readonly normalization: Normalization | undefined;
}

/** The network of `--model` with `--weights`. */
async function namedNetwork(flags: ExportFlags): Promise<Exported> {
  const { model: name, weights, classes, inputSize, pool = 'soft', positions, beta, poolWeights } = flags;
  if (name === undefined) throw new UsageError('missing model: give a model.json, a run, or --model with --weights');
  if (weights === undefined) throw new UsageError('missing weights of --model: give --weights with a file');
  refuseUnused(flags, { pool, weights });
  requireTensorFlow('cpu', '@softpool/models', '@softpool/tfjs');
  if ((await statPath(weights)).isDirectory()) {
    const run = printable(weights);
    throw new UsageError(`--weights ${run} is a folder; a run has its network inside: use softpool export ${run} without --model`);
  }
  await checkName(name);
  await startTensorFlow('cpu');
  const { createBackbone, describeBackbone } = await import('@softpool/models');
  const { normalization } = describeBackbone(name as BackboneName);
  const inputShape = inputSize && [...inputSize, 3];
  const options = { pool, positions, beta, weights: poolWeights, classes, inputShape, initialization: 'zeros' } as const;
  const model = withFlagNames(() => createBackbone(name as BackboneName, options));
  await loadInto(model, weights, flags);
  warnOfUntrained(model, flags);
  return { path: weights, files: [weights], model, normalization };
}

/** Flags of `--model`. A file or a run has all of it inside. */
const OF_MODEL = [
  'model',
  'weights',
  'except',
  'weightsPrefix',
  'classes',
  'inputSize',
  'pool',
  'positions',
  'beta',
  'poolWeights',
] as const satisfies readonly (keyof ExportFlags)[];

/** The model of a file or a run. */
async function savedModel(path: string, flags: ExportFlags): Promise<Exported> {
  const other = OF_MODEL.find((name) => flags[name] !== undefined);
  if (other !== undefined) {
    const flag = `--${kebabCase(other)}`;
    throw new UsageError(`${printable(path)} and ${flag} exclude each other: give a file or a run, or --model with --weights`);
  }
  const detected = await detectModel(path);
  if (detected.kind === 'huggingFace') throw new UsageError(`${kindInWords(detected)}; export takes a TensorFlow.js model or a run`);
  if (detected.kind === 'onnx') throw new UsageError(`${printable(path)} is not a TensorFlow.js model or a run: its content is not JSON`);
  return { ...(await loadModel(detected)), path };
}

async function loadModel({ kind, path }: DetectedModel): Promise<Omit<Exported, 'path'>> {
  await startTensorFlow('cpu', packagesFor(kind));
  if (kind === 'run') {
    const files = (await readdir(path)).map((name) => join(path, name));
    return { files, model: await networkOfRun(path), normalization: await normalizationOfRun(path) };
  }
  const saved = await readModelJson(path);
  if (isGraphModel(saved.model)) {
    throw new Error(`${printable(path)} is a graph model; only layers models can be written as ONNX`);
  }
  const files = [path, ...saved.shards.map(({ source }) => source)];
  return { files, model: await loadSavedLayersModel(path, saved), normalization: undefined };
}
