/** Saves a training while it runs: its position, its record, its checkpoints. */
import { join } from 'node:path';
import { encodeSafetensors, saveWeights } from '@softpool/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Batch } from '../data/batches.ts';
import type { OpenRecord, RecordLine, RecordTime } from '../runs/record.ts';
import { WriteError, writeFileAtomic } from '../runs/write-file.ts';
import { NotFiniteError, writeCheckpoint } from './checkpoint.ts';
import { TrainingDivergedError } from './divergence.ts';
import type { Optimizer } from './optimizer.ts';
import type { TrainOptions } from './options.ts';
import type { Position } from './position.ts';
import type { StepResult } from './step.ts';

/** Saves a training. */
export interface Saving {
  /** How far the training is. */
  at: Position;
  /** Appends a line to the record. */
  append(line: RecordLine): void;
  /** Counts a step, appends its line, and writes a checkpoint if one is due. */
  step(batch: Batch, done: StepResult & { learningRate: number; skipped: number; time: RecordTime }): Promise<void>;
  /** Writes a checkpoint. */
  save(): Promise<void>;
}

/**
 * A step of more seconds may be ended before it is done, by Ctrl-C or another end of the process.
 * After such a step a checkpoint is written, unless checkpoints take more than a twentieth of the
 * time.
 */
const LONG_STEP = 0.5;
const SHARE_OF_SAVING = 1 / 20;

interface Saved {
  readonly model: LayersModel;
  readonly optimizer: Optimizer;
  readonly record: OpenRecord;
  readonly at: Position;
  readonly options: TrainOptions;
}

export function createSaving({ model, optimizer, record, at: start, options }: Saved): Saving {
  const { output, checkpointSteps = Number.POSITIVE_INFINITY, checkpointSeconds = 300 } = options;
  let saved: Position | undefined = start.step > 0 ? start : undefined;
  let savedAt = performance.now();
  let savingTook = 0;
  /** Adds to a write error what is not lost. */
  const explained = (error: unknown): unknown => {
    if (!(error instanceof WriteError)) return error;
    const kept = saved === undefined ? 'nothing was trained yet' : `step ${saved.step} is saved; the run can be resumed`;
    return new WriteError(`${error.message} (${kept})`, { cause: error });
  };
  const saving: Saving = {
    at: start,
    append(line) {
      try {
        record.append(line);
      } catch (error) {
        throw explained(error);
      }
    },
    async step({ number, labels }, { loss, correct, learningRate, skipped, time }) {
      const { at } = saving;
      const samples = labels.length;
      saving.at = {
        ...at,
        step: at.step + 1,
        batch: number + 1,
        seen: at.seen + samples,
        correct: at.correct + correct,
        lossSum: at.lossSum + loss * samples,
        skipped: at.skipped + skipped,
      };
      const { epoch, step } = saving.at;
      saving.append({ type: 'step', epoch: epoch + 1, step, samples, loss, top1: correct / samples, learningRate, time });
      const elapsed = performance.now() - savedAt;
      const isLong = time.seconds > LONG_STEP && savingTook <= SHARE_OF_SAVING * elapsed;
      if (isLong || step - (saved?.step ?? 0) >= checkpointSteps || elapsed >= 1000 * checkpointSeconds) await saving.save();
    },
    async save() {
      try {
        const start = performance.now();
        record.flush();
        await writeCheckpoint(output, model, optimizer, saving.at);
        saved = saving.at;
        savedAt = performance.now();
        savingTook = savedAt - start;
      } catch (error) {
        if (error instanceof NotFiniteError) {
          throw new TrainingDivergedError(`${error.message} after step ${saving.at.step}: training diverged; try a smaller learning rate`);
        }
        throw explained(error);
      }
    },
  };
  return saving;
}

/** Writes the model's weights only, by torchvision's names. */
export async function writeWeights(folder: string, name: string, model: LayersModel): Promise<void> {
  writeFileAtomic(join(folder, name), encodeSafetensors(await saveWeights(model)));
}
