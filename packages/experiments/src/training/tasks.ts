/**
 * The tasks of experiments: classifying pictures, and classifying the motion of generated clips.
 */
import { basename, resolve } from 'node:path';
import type { BackboneName } from '@softpool/models';
import { dataFingerprint, sampleShape } from '@softpool/training/internal';
import type { BackendName, DataSet, Recipe, RecipeTransforms } from '@softpool/training/node';
import { keepInMemory, limitDataSet, movingShapes, openDataSet, transformsOf } from '@softpool/training/node';
import type { TrainingTask } from './types.ts';

/** How to classify pictures. */
export interface PictureTaskOptions {
  readonly model: BackboneName;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Most training samples, a different selection for each seed; 0: all. */
  readonly limit: number;
  /** Most test samples; 0: all. */
  readonly testLimit: number;
  /** Height and width of the network's input in pixels; `null`: those of the pictures. */
  readonly inputSize: readonly number[] | null;
  readonly augment: Recipe;
}

/** Classifies the pictures of a source, which is a path or generator for `openDataSet`. */
export function pictureTask(source: string, options: PictureTaskOptions): TrainingTask {
  const { model, epochs, batchSize, learningRate, limit, testLimit, inputSize, augment } = options;
  // Samples are kept in memory for the following runs.
  const opened = new Map<string, Promise<DataSet>>();
  const open = (split: 'training' | 'validation'): Promise<DataSet> => {
    const dataSet = opened.get(split) ?? openDataSet(source, { split, seed: 0, validationShare: 0.2 }).then((data) => keepInMemory(data));
    opened.set(split, dataSet);
    return dataSet;
  };
  return {
    name: nameOf(source),
    model,
    recipe: { epochs, batchSize, learningRate },
    settings: { data: source, limit, testLimit, inputSize: inputSize === null ? null : [...inputSize], augment },
    async open(seed) {
      const [training, test] = [await open('training'), await open('validation')];
      const transforms = await transformsFor(training, inputSize, augment);
      return {
        training: { dataSet: limited(training, limit, seed), transform: transforms.training },
        test: { dataSet: limited(test, testLimit, 0), transform: transforms.evaluation },
        digest: [training, test].map((dataSet) => dataFingerprint(dataSet).sha256.slice(0, 16)).join('-'),
      };
    },
  };
}

/** The name of a folder, whatever its path, or of a generator. */
function nameOf(source: string): string {
  return basename(resolve(source.split('?', 1)[0] ?? '')) || 'data';
}

async function transformsFor(dataSet: DataSet, inputSize: readonly number[] | null, augment: Recipe): Promise<RecipeTransforms> {
  const shape = await sampleShape(dataSet);
  if (shape === undefined) throw new Error(`${dataSet.name}: all samples are corrupt`);
  const inputShape = [...(inputSize ?? shape.slice(0, 2)), shape[2] ?? 3];
  return transformsOf(augment, { inputShape, flip: dataSet.isMirrorable !== false });
}

/** A number of samples, evenly distributed over the classes. */
function limited(dataSet: DataSet, limit: number, seed: number): DataSet {
  return limit === 0 ? dataSet : limitDataSet(dataSet, { limit, seed });
}

/** How to classify the motion of clips. */
export interface MotionTaskOptions {
  readonly model: BackboneName;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Training clips, different ones for each seed. */
  readonly samples: number;
  /** Test clips, the same for all seeds. */
  readonly testSamples: number;
  readonly frames: number;
  /** Height and width in pixels. */
  readonly size: number;
  /** The clips' difficulty: options of `movingShapes`. */
  readonly noise: number;
  readonly clutter: number;
  readonly jitter: number;
  readonly ambiguity: number;
}

/** A task's settings in experiment.json. */
export type TaskSettings = { readonly backend: BackendName } & (({ readonly data: string } & PictureTaskOptions) | MotionTaskOptions);

/** The task with these settings. */
export function taskOf(settings: TaskSettings): TrainingTask {
  return 'data' in settings ? pictureTask(settings.data, settings) : motionTask(settings);
}

/** Differs from every seed of training clips. */
const TEST_SEED = 0x7e57;

/** Classifies the direction and speed of a figure in clips of the generator `moving-shapes`. */
export function motionTask(options: MotionTaskOptions): TrainingTask {
  const { model, epochs, batchSize, learningRate, samples, testSamples } = options;
  const { frames, size, noise, clutter, jitter, ambiguity } = options;
  const scene = { frames, size, noise, clutter, jitter, ambiguity };
  const kept = new Map<number, DataSet>();
  const clips = (count: number, seed: number): DataSet => {
    const dataSet = kept.get(seed) ?? keepInMemory(movingShapes({ ...scene, samples: count, seed }));
    kept.set(seed, dataSet);
    return dataSet;
  };
  return {
    name: 'moving-shapes',
    model,
    recipe: { epochs, batchSize, learningRate },
    settings: { samples, testSamples, ...scene },
    async open(seed) {
      // No flips: they would turn left into right.
      const { training, evaluation } = transformsOf('none', { inputShape: [frames, size, size, 3], flip: false });
      return {
        training: { dataSet: clips(samples, seed), transform: training },
        test: { dataSet: clips(testSamples, TEST_SEED), transform: evaluation },
      };
    },
  };
}
