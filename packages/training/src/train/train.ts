/** Trains a network, with checkpoints from which it can resume at any moment. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { withMemoryErrors } from '../backends/out-of-memory.ts';
import { writeCurves } from '../charts/training-curves.ts';
import { type Batch, batches } from '../data/batches.ts';
import type { CorruptSample } from '../data/data-set.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import type { EvaluationResult } from '../evaluate/result.ts';
import { checkShapes, shapeOf } from '../model/input-shape.ts';
import { namedWeights, readWeights } from '../model/named-weights.ts';
import { dataFingerprint } from '../runs/fingerprints.ts';
import type { Json } from '../runs/json-diff.ts';
import { type EpochRecord, openRecord, readEpochs } from '../runs/record.ts';
import { epochsCsv } from '../runs/record-csv.ts';
import {
  BEST_WEIGHTS,
  CHECKPOINT,
  checkRunFolder,
  EPOCHS_CSV,
  epochWeights,
  FINAL_WEIGHTS,
  openRunFolder,
  type Settings,
} from '../runs/run-folder.ts';
import { writeFileAtomic } from '../runs/write-file.ts';
import { notFiniteIn, readCheckpoint } from './checkpoint.ts';
import { TrainingDivergedError, whyDiverged } from './divergence.ts';
import { createOptimizer, type Optimizer } from './optimizer.ts';
import { adjustableOf, checkOptions, type DataSource, recipeOf, type TrainingRecipe, type TrainOptions } from './options.ts';
import { type Best, type Extent, recordLines, START } from './position.ts';
import { progressOf } from './progress.ts';
import { createSaving, type Saving, writeWeights } from './saving.ts';
import { learningRateOf } from './schedule.ts';
import { trainStep } from './step.ts';

/** The result of a training. */
export interface TrainResult {
  /** `'stopped'`: by the signal; it can be resumed. `'checked'`: a dry run. */
  readonly status: 'finished' | 'stopped' | 'checked';
  /** Epochs completed, in all processes that trained the run. */
  readonly epochs: number;
  /** Steps completed, in all processes that trained the run. */
  readonly steps: number;
  /** Best epoch on the validation data. Its weights are in `best.safetensors`. */
  readonly best: Best | null;
  /** The result of each epoch. */
  readonly history: readonly EpochRecord[];
}

/**
 * Trains a network on the current backend of
 * TensorFlow.js. Afterwards the model has the final weights.
 *
 * The folder `output` gets `config.json`, `record.jsonl`, `checkpoint.safetensors`,
 * `final.safetensors`, `best.safetensors`, `epochs.csv` and curves. However the process ends, a
 * later call with `resume` continues from the checkpoint and ends with the same weights, bit for
 * bit, as an uninterrupted run.
 *
 * @param options - Network, data, recipe and folder.
 * @returns Whether it finished, and the results.
 * @throws RangeError or TypeError for an invalid option, or if the network does not fit the data.
 *   RunFolderError if the folder has a run already or one with other settings, or if another
 *   process is training there. TrainingDivergedError if the loss becomes NaN or infinite.
 *   CheckpointError or RecordError if the run to resume is damaged. WriteError if a file cannot be
 *   written. Errors of reading the data pass through.
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 *
 * await openBackend('cpu');
 * const dataSet = texturedShapes({ samples: 20, size: 8 });
 * const inputShape = [8, 8, 3];
 * const layers = [
 *   tfl.layers.flatten({ inputShape }),
 *   tfl.layers.dense({ units: dataSet.classes.length }),
 * ];
 * const model = tfl.sequential({ layers });
 * const trainingData = { dataSet, transform: createTransform({ inputShape, flip: 0.5 }) };
 * const output = await mkdtemp(`${tmpdir()}/run-`);
 * const recipe = { epochs: 3, batchSize: 10, learningRate: 0.01 };
 * const { status, steps } = await train({ model, trainingData, output, ...recipe });
 * status; // 'finished'
 * steps; // 6
 * ```
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  checkOptions(options);
  const { model, trainingData, validationData, output, resume = false, force = false, onWarning = () => {} } = options;
  const recipe = recipeOf(options);
  checkData(options);
  if (!(resume && existsSync(join(output, CHECKPOINT)))) await checkWeights(model);
  const settings = settingsOf(options, recipe);
  if (options.dryRun === true) {
    checkRunFolder(output, settings, { resume, force, onWarning });
    return { status: 'checked', epochs: 0, steps: 0, best: null, history: [] };
  }
  const optimizer = createOptimizer(model, recipe);
  try {
    const adjustable = adjustableOf(options);
    const { hasCheckpoint, kept, release } = openRunFolder(output, { settings, adjustable }, { resume, force, onWarning });
    try {
      const complete = { ...options, ...adjustableOf(options, kept) };
      checkOptions(complete); // config.json may have been edited
      const start = hasCheckpoint ? await readCheckpoint(output, model, optimizer, extentOf(trainingData, recipe)) : START;
      const record = openRecord(output, recordLines(start));
      try {
        const saving = createSaving({ model, optimizer, record, at: start, options: complete });
        if (!hasCheckpoint) await saving.save(); // a full disk fails now and not after an hour
        return await runEpochs({ options: complete, recipe, trainingData, validationData, optimizer, saving });
      } finally {
        record.close();
      }
    } finally {
      release();
    }
  } finally {
    optimizer.dispose();
  }
}

function extentOf({ dataSet }: DataSource, { epochs, batchSize }: TrainingRecipe): Extent {
  const samples = dataSet.labels.length;
  return { epochs, batches: Math.ceil(samples / batchSize), samples };
}

function checkData({ model, trainingData, validationData }: TrainOptions): void {
  const { dataSet, transform } = trainingData;
  const shape = shapeOf('train', model);
  checkShapes('train', shape, dataSet, transform);
  if (dataSet.classes.length < 2)
    throw new RangeError(`train: ${dataSet.name} has one class, ${dataSet.classes[0]}; training needs at least two`);
  if (validationData === undefined) return;
  checkShapes('train', shape, validationData.dataSet, validationData.transform);
  const other = dataSet.classes.findIndex((name, i) => validationData.dataSet.classes[i] !== name);
  if (other === -1) return;
  const [one, two] = [dataSet.classes[other], validationData.dataSet.classes[other]];
  throw new RangeError(`train: class ${other} is ${one} in ${dataSet.name}, but ${two} in ${validationData.dataSet.name}`);
}

/** Throws a RangeError if an initial weight is NaN or infinite. */
async function checkWeights(model: LayersModel): Promise<void> {
  const wrong = notFiniteIn(await readWeights(model));
  if (wrong !== undefined) throw new RangeError(`train: the initial weights of the model are not finite: ${wrong} has NaN or infinity`);
}

/** Settings that must be equal to resume a run. */
function settingsOf({ model, trainingData, validationData, settings = {} }: TrainOptions, recipe: TrainingRecipe): Settings {
  const described = ({ dataSet, transform }: DataSource): Json => ({ ...dataFingerprint(dataSet), inputShape: [...transform.inputShape] });
  const own: Settings = {
    ...recipe,
    backend: tf.getBackend(),
    trainingData: described(trainingData),
    validationData: validationData === undefined ? null : described(validationData),
    weightValues: [...namedWeights(model).values()].reduce((sum, weight) => sum + weight.read().size, 0),
  };
  const name = Object.keys(settings).find((one) => one in own);
  if (name !== undefined) throw new RangeError(`train: options.settings.${name} is reserved; choose another name`);
  return { ...settings, ...own };
}

interface Running {
  readonly options: TrainOptions;
  readonly recipe: TrainingRecipe;
  readonly trainingData: DataSource;
  readonly validationData: DataSource | undefined;
  readonly optimizer: Optimizer;
  readonly saving: Saving;
}

async function runEpochs(running: Running): Promise<TrainResult> {
  const { options, recipe, trainingData, saving } = running;
  const { model, output } = options;
  const isStopped = (): boolean => options.signal?.aborted === true;
  while (saving.at.epoch < recipe.epochs && !isStopped()) {
    const start = performance.now();
    if (!(await runSteps(running))) break;
    const validation = await validate(running);
    if (validation === 'stopped') break;
    await finishEpoch(running, validation, (performance.now() - start) / 1000);
  }
  const { epoch, step, best } = saving.at;
  const isFinished = epoch === recipe.epochs;
  if (isFinished) await writeWeights(output, FINAL_WEIGHTS, model);
  else await saving.save();
  const history = readEpochs(output);
  if (history.length > 0) writeFileAtomic(join(output, EPOCHS_CSV), epochsCsv(history));
  if (history.length > 0 && options.curves !== false)
    await writeCurves(output, history, `${trainingData.dataSet.name}: ${history.length} ${history.length === 1 ? 'epoch' : 'epochs'}`);
  return { status: isFinished ? 'finished' : 'stopped', epochs: epoch, steps: step, best, history };
}

/** Runs the epoch's remaining steps. Resolves to false if they were stopped. */
async function runSteps({ options, recipe, trainingData, optimizer, saving }: Running): Promise<boolean> {
  const { model, signal } = options;
  const { batchSize, labelSmoothing, seed } = recipe;
  const { epoch, batch: firstBatch, skipped } = saving.at;
  const samples = trainingData.dataSet.labels.length;
  const learningRate = learningRateOf(epoch, recipe);
  const { maxCorrupt = Math.max(1, Math.floor(samples / 100)) } = options;
  // Skipped since the last batch. They count with the next batch, so that samples read again after
  // a stop are not counted twice.
  let newlySkipped = 0;
  const onCorrupt = (sample: CorruptSample): void => {
    newlySkipped++;
    options.onCorrupt?.(sample);
  };
  const reading = { batchSize, seed, epoch, firstBatch, maxCorrupt, corruptBefore: skipped, onCorrupt };
  const stream = batches(trainingData.dataSet, trainingData.transform, reading);
  const progress = progressOf(recipe, samples, saving.at);
  try {
    for (;;) {
      const start = performance.now();
      const next = await nextOrStop(stream, signal, saving);
      if (next === 'stopped') return false;
      if (next.done === true) break;
      const batch = next.value;
      const step = saving.at.step + 1;
      const { loss, correct } = await withMemoryErrors(batchSize, () =>
        trainStep(model, optimizer, batch, { learningRate, labelSmoothing, seed, step }),
      );
      const time = { at: new Date().toISOString(), seconds: (performance.now() - start) / 1000 };
      if (!Number.isFinite(loss)) throw diverged(whyDiverged({ loss, epoch: epoch + 1, step, learningRate, batch }), saving, time);
      await saving.step(batch, { loss, correct, learningRate, skipped: newlySkipped, time });
      newlySkipped = 0;
      options.onStep?.(progress(saving.at, { loss, learningRate }));
    }
  } finally {
    stream.return().catch(() => {}); // reads still in progress do not matter
  }
  if (saving.at.seen === 0) throw new Error(`${trainingData.dataSet.name}: all samples of the epoch are corrupt`);
  saving.at = { ...saving.at, batch: Math.ceil(samples / batchSize), skipped: saving.at.skipped + newlySkipped };
  return true;
}

/** Reads the next batch. A read error leaves a checkpoint behind. */
async function nextOrStop(
  stream: AsyncGenerator<Batch, void, undefined>,
  signal: AbortSignal | undefined,
  saving: Saving,
): Promise<IteratorResult<Batch, void> | 'stopped'> {
  await new Promise((resolve) => setImmediate(resolve)); // let signals and timers run between steps
  if (signal?.aborted) return 'stopped';
  let stop: (() => void) | undefined;
  const stopped = new Promise<'stopped'>((resolve) => {
    stop = () => resolve('stopped');
    signal?.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([stream.next(), stopped]);
  } catch (error) {
    await saving.save();
    throw error;
  } finally {
    if (stop !== undefined) signal?.removeEventListener('abort', stop);
  }
}

function diverged(reason: string, saving: Saving, time: EpochRecord['time']): TrainingDivergedError {
  const { epoch, step } = saving.at;
  saving.append({ type: 'failure', epoch: epoch + 1, step: step + 1, reason, time });
  return new TrainingDivergedError(reason);
}

async function validate({ options, recipe, validationData }: Running): Promise<EvaluationResult | undefined | 'stopped'> {
  if (validationData === undefined) return undefined;
  const { model, signal, maxCorrupt, onCorrupt } = options;
  try {
    return await evaluate({ model, ...validationData, batchSize: recipe.batchSize, signal, maxCorrupt, onCorrupt });
  } catch (error) {
    if (signal?.aborted) return 'stopped';
    throw error;
  }
}

async function finishEpoch({ options, recipe, saving }: Running, result: EvaluationResult | undefined, seconds: number): Promise<void> {
  const { at } = saving;
  const learningRate = learningRateOf(at.epoch, recipe);
  const epoch = at.epoch + 1;
  const isBest = result !== undefined && isBetter(result, at.best);
  // Before the checkpoint, after which they are not written again.
  if (isBest) await writeWeights(options.output, BEST_WEIGHTS, options.model);
  const { checkpointEpochs = Number.POSITIVE_INFINITY } = options;
  if (epoch % checkpointEpochs === 0) await writeWeights(options.output, epochWeights(epoch), options.model);
  const training = { samples: at.seen, skipped: at.skipped, loss: at.lossSum / at.seen, top1: at.correct / at.seen };
  const validation = result && {
    samples: result.samples,
    skipped: result.skipped.length,
    loss: Number.isFinite(result.loss) ? result.loss : null,
    top1: result.top1,
    top5: result.top5,
  };
  const time = { at: new Date().toISOString(), seconds };
  saving.append({ type: 'epoch', epoch, step: at.step, training, ...(validation && { validation }), learningRate, isBest, time });
  const best = isBest ? { epoch, top1: result.top1, loss: result.loss } : at.best;
  saving.at = { ...START, epoch, step: at.step, best };
  await saving.save();
  options.onEpoch?.({
    epoch,
    epochs: recipe.epochs,
    trainingLoss: training.loss,
    trainingTop1: training.top1,
    ...(result && { validation: result }),
    learningRate,
    isBest,
  });
}

/** Whether an epoch has a higher top-1, or the same with a lower loss. */
function isBetter({ top1, loss }: EvaluationResult, best: Best | null): boolean {
  if (!Number.isFinite(loss)) return false;
  return best === null || top1 > best.top1 || (top1 === best.top1 && loss < best.loss);
}
