/** What a training keeps of itself while it runs: where it stands, its record, its checkpoints. */
import { join } from 'node:path';
import { encodeSafetensors, saveWeights } from '@softpool/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Batch } from '../data/batches.ts';
import { WriteError, writeWhole } from '../write-whole.ts';
import { NotFiniteError, type Position, writeCheckpoint } from './checkpoint.ts';
import { TrainingDivergedError } from './divergence.ts';
import type { TrainOptions } from './options.ts';
import type { OpenRecord, RecordLine, RecordTime } from './record.ts';
import type { Sgd } from './sgd.ts';
import type { StepResult } from './step.ts';

/** What is kept. */
export interface Saving {
  /** Where the training stands. */
  at: Position;
  /** Writes a line of the record. */
  append(line: RecordLine): void;
  /** Counts a step, with the samples before it that were left out; writes its line, and a checkpoint where one is due. */
  step(batch: Batch, done: StepResult & { learningRate: number; skipped: number; time: RecordTime }): Promise<void>;
  /** Writes a checkpoint. */
  save(): Promise<void>;
}

interface Kept {
  readonly model: LayersModel;
  readonly sgd: Sgd;
  readonly record: OpenRecord;
  readonly at: Position;
  readonly options: TrainOptions;
}

export function createSaving({ model, sgd, record, at: start, options }: Kept): Saving {
  const { out, checkpointSteps = Number.POSITIVE_INFINITY, checkpointSeconds = 300 } = options;
  let saved: Position | undefined = start.recordBytes > 0 ? start : undefined;
  let savedAt = performance.now();
  /** Adds to an error of writing what is not lost. */
  const explained = (error: unknown): unknown => {
    if (!(error instanceof WriteError)) return error;
    const kept =
      saved === undefined ? 'nothing was trained yet' : `what was trained up to step ${saved.step} is kept; continue with --resume`;
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
      saving.append({ type: 'step', epoch: epoch + 1, step, samples, loss, accuracy: correct / samples, learningRate, time });
      const isDue = step - (saved?.step ?? 0) >= checkpointSteps || performance.now() - savedAt >= 1000 * checkpointSeconds;
      if (isDue) await saving.save();
    },
    async save() {
      try {
        saving.at = { ...saving.at, recordBytes: record.flush() };
        await writeCheckpoint(out, model, sgd, saving.at);
        saved = saving.at;
        savedAt = performance.now();
      } catch (error) {
        if (error instanceof NotFiniteError) {
          throw new TrainingDivergedError(`${error.message} after step ${saving.at.step}: begin again with a smaller learning rate`);
        }
        throw explained(error);
      }
    },
  };
  return saving;
}

/** Writes the model's weights alone, in torchvision's naming. */
export async function writeWeights(folder: string, name: string, model: LayersModel): Promise<void> {
  writeWhole(join(folder, name), encodeSafetensors(await saveWeights(model)));
}
