/** Training: from the folder of a run to its last epoch, with a checkpoint to go on from at every moment. */
import * as tf from '@tensorflow/tfjs-core';
import { type Batch, batches } from '../data/batches.ts';
import type { Json } from '../differences.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import type { EvaluationResult } from '../evaluation/result.ts';
import { checkFit } from '../fit.ts';
import { dataIdentity } from '../identity.ts';
import { type Best, readCheckpoint, START } from './checkpoint.ts';
import { writeCurves } from './curves.ts';
import { TrainingDivergedError, whyDiverged } from './divergence.ts';
import { namedWeights } from './named-weights.ts';
import { type DataSource, recipeOf, type TrainingRecipe, type TrainOptions } from './options.ts';
import { progressOf } from './progress.ts';
import { type EpochRecord, openRecord, readEpochs } from './record.ts';
import { BEST_WEIGHTS, FINAL_WEIGHTS, openRunFolder, type Settings } from './run-folder.ts';
import { createSaving, type Saving, writeWeights } from './saving.ts';
import { learningRateOf } from './schedule.ts';
import { createSgd, type Sgd } from './sgd.ts';
import { trainStep } from './step.ts';

/** How a training ended. */
export interface TrainResult {
  /** `'stopped'` by its signal; it can be continued. */
  readonly status: 'finished' | 'stopped';
  /** Epochs done, in all processes that trained the run. */
  readonly epochs: number;
  /** Steps done, in all of them. */
  readonly steps: number;
  /** The best epoch on the validation data, whose weights are in `best.safetensors`. */
  readonly best: Best | null;
  /** What each epoch gave. */
  readonly history: readonly EpochRecord[];
}

/**
 * Trains a network by stochastic gradient descent with momentum, on the backend of TensorFlow.js that is set. The model has the last weights afterwards.
 *
 * All that is done goes into the folder `out`: `config.json`, `record.jsonl`, `checkpoint.safetensors`, `final.safetensors`, `best.safetensors`
 * and curves. However the process ends, a later call with `resume` goes on from the checkpoint, and ends with the same weights, bit for bit, as
 * if nothing had stopped it.
 *
 * @param options - The network, the data, the recipe, the folder.
 * @returns How it ended.
 * @throws RangeError if an option makes no sense, or the network does not fit the data. RunFolderError if the folder has a run already, or one with other
 *   settings, or another process trains there. TrainingDivergedError if the loss becomes NaN or infinite. WriteError if a file cannot be written. Whatever error reading the data gives.
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 *
 * await openBackend('cpu');
 * const dataSet = texturedShapes({ samples: 20, size: 8 });
 * const model = tfl.sequential({ layers: [tfl.layers.flatten({ inputShape: [8, 8, 3] }), tfl.layers.dense({ units: dataSet.classes.length })] });
 * const trainingData = { dataSet, transform: createTransform({ shape: [8, 8, 3], flip: 0.5 }) };
 * const out = await mkdtemp(`${tmpdir()}/run-`);
 * const { status, steps } = await train({ model, trainingData, out, epochs: 3, batchSize: 10, learningRate: 0.01 });
 * status; // 'finished'
 * steps; // 6
 * ```
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { model, trainingData, validationData, out, resume = false, force = false, onWarning = () => {} } = options;
  const recipe = recipeOf(options);
  checkData(options);
  const settings = settingsOf(options, recipe);
  const sgd = createSgd(model, recipe);
  try {
    const { hasCheckpoint, release } = openRunFolder(out, settings, { resume, force, onWarning });
    try {
      const start = hasCheckpoint ? await readCheckpoint(out, model, sgd) : START;
      const record = openRecord(out, start.recordBytes);
      try {
        const saving = createSaving({ model, sgd, record, at: start, options });
        if (!hasCheckpoint) await saving.save(); // a full disk shows now, and not after an hour
        return await runEpochs({ options, recipe, trainingData, validationData, sgd, saving });
      } finally {
        record.close();
      }
    } finally {
      release();
    }
  } finally {
    sgd.dispose();
  }
}

function checkData({ model, trainingData, validationData }: TrainOptions): void {
  const { dataSet, transform } = trainingData;
  checkFit('train', model, dataSet, transform);
  if (dataSet.classes.length < 2)
    throw new RangeError(`train: ${dataSet.name} has only one class, ${dataSet.classes[0]}: there is nothing to learn`);
  if (validationData === undefined) return;
  checkFit('train', model, validationData.dataSet, validationData.transform);
  const other = dataSet.classes.findIndex((name, i) => validationData.dataSet.classes[i] !== name);
  if (other === -1) return;
  const [one, two] = [dataSet.classes[other], validationData.dataSet.classes[other]];
  throw new RangeError(`train: class ${other} is ${one} in ${dataSet.name}, and ${two} in ${validationData.dataSet.name}`);
}

/** What must be the same for a run to continue. */
function settingsOf({ model, trainingData, validationData, settings = {} }: TrainOptions, recipe: TrainingRecipe): Settings {
  const identityOf = ({ dataSet, transform }: DataSource): Json => ({ ...dataIdentity(dataSet), input: [...transform.shape] });
  const own: Settings = {
    ...recipe,
    backend: tf.getBackend(),
    trainingData: identityOf(trainingData),
    validationData: validationData === undefined ? null : identityOf(validationData),
    parameters: [...namedWeights(model).values()].reduce((sum, weight) => sum + weight.read().size, 0),
  };
  const name = Object.keys(settings).find((one) => one in own);
  if (name !== undefined) throw new RangeError(`train: options.settings.${name} is a name that the run itself uses`);
  return { ...settings, ...own };
}

interface Running {
  readonly options: TrainOptions;
  readonly recipe: TrainingRecipe;
  readonly trainingData: DataSource;
  readonly validationData: DataSource | undefined;
  readonly sgd: Sgd;
  readonly saving: Saving;
}

async function runEpochs(running: Running): Promise<TrainResult> {
  const { options, recipe, trainingData, saving } = running;
  const { model, out } = options;
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
  if (isFinished) await writeWeights(out, FINAL_WEIGHTS, model);
  else await saving.save();
  const history = readEpochs(out);
  if (history.length > 0 && options.curves !== false)
    await writeCurves(out, history, `${trainingData.dataSet.name}: ${history.length} epochs`);
  return { status: isFinished ? 'finished' : 'stopped', epochs: epoch, steps: step, best, history };
}

/** The steps that the epoch still has. Resolves to false if they were stopped. */
async function runSteps({ options, recipe, trainingData, sgd, saving }: Running): Promise<boolean> {
  const { model, signal } = options;
  const { batchSize, labelSmoothing, seed } = recipe;
  const { epoch, batch: firstBatch, skipped } = saving.at;
  const samples = trainingData.dataSet.labels.length;
  const learningRate = learningRateOf(epoch, recipe);
  const { maxCorrupt = Math.max(1, Math.floor(samples / 100)) } = options;
  let leftOut = 0; // since the last batch: counted with the next one, so that one that is read again after a stop is not counted twice
  const onCorrupt = (index: number, { message }: Error): void => {
    leftOut++;
    options.onCorrupt?.({ index, message });
  };
  const reading = { batchSize, seed, epoch, firstBatch, corruptLimit: Math.max(0, maxCorrupt - skipped), onCorrupt };
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
      const { loss, correct } = await trainStep(model, sgd, batch, { learningRate, labelSmoothing, seed, step });
      const time = { at: new Date().toISOString(), seconds: (performance.now() - start) / 1000 };
      if (!Number.isFinite(loss)) throw diverged(whyDiverged({ loss, epoch: epoch + 1, step, learningRate, batch }), saving, time);
      await saving.step(batch, { loss, correct, learningRate, skipped: leftOut, time });
      leftOut = 0;
      options.onStep?.(progress(saving.at, { loss, learningRate }));
    }
  } finally {
    stream.return().catch(() => {}); // reading that goes on is of no interest any more
  }
  if (saving.at.seen === 0) throw new Error(`${trainingData.dataSet.name}: no sample of the epoch could be used`);
  saving.at = { ...saving.at, batch: Math.ceil(samples / batchSize), skipped: saving.at.skipped + leftOut };
  return true;
}

/** The next batch. An error of reading leaves a checkpoint of what was done. */
async function nextOrStop(
  stream: AsyncGenerator<Batch, void, undefined>,
  signal: AbortSignal | undefined,
  saving: Saving,
): Promise<IteratorResult<Batch, void> | 'stopped'> {
  await new Promise((resolve) => setImmediate(resolve)); // a computing backend leaves no moment for signals and timers
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

function diverged(message: string, saving: Saving, time: EpochRecord['time']): TrainingDivergedError {
  const { epoch, step } = saving.at;
  saving.append({ type: 'failure', epoch: epoch + 1, step: step + 1, message, time });
  return new TrainingDivergedError(message);
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
  if (isBest) await writeWeights(options.out, BEST_WEIGHTS, options.model); // before the checkpoint that speaks of it
  const training = { samples: at.seen, skipped: at.skipped, loss: at.lossSum / at.seen, accuracy: at.correct / at.seen };
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
  saving.at = { ...START, epoch, step: at.step, best, recordBytes: at.recordBytes };
  await saving.save();
  options.onEpoch?.({
    epoch,
    epochs: recipe.epochs,
    trainingLoss: training.loss,
    trainingAccuracy: training.accuracy,
    ...(result && { validation: result }),
    learningRate,
    isBest,
  });
}

/** More right, or as many with a lower loss. */
function isBetter({ top1, loss }: EvaluationResult, best: Best | null): boolean {
  if (!Number.isFinite(loss)) return false;
  return best === null || top1 > best.top1 || (top1 === best.top1 && loss < best.loss);
}
