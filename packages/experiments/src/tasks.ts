/** What networks are trained for in the experiments: pictures of a folder or a generator, and clips of moving figures. */
import { basename, resolve } from 'node:path';
import type { BackboneName } from '@softpool/models';
import type { BackendName, DataSet, Transform } from '@softpool/training/node';
import { keepInMemory, movingShapes, openDataSet, type Recipe, splitDataSet, transformsOf } from '@softpool/training/node';
import type { TrainingTask } from './training-task.ts';

/** How pictures are classified. */
export interface PictureTaskOptions {
  readonly network: BackboneName;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** The most samples to train on, another choice for each seed, and to test on; 0: all. */
  readonly limit: number;
  readonly testLimit: number;
  /** Pixels in height and width of the network's input; 0: those of the pictures. */
  readonly size: number;
  readonly augment: Recipe;
}

/** Classifying the pictures of a source, as of `openDataSet`. */
export function pictureTask(source: string, options: PictureTaskOptions): TrainingTask {
  const { network, epochs, batchSize, learningRate, limit, testLimit, size, augment } = options;
  // What is read once is kept: the runs follow each other.
  const opened = new Map<string, Promise<DataSet>>();
  const open = (part: 'training' | 'validation'): Promise<DataSet> => {
    const dataSet = opened.get(part) ?? openDataSet(source, { part, seed: 0, validation: 0.2 }).then((data) => keepInMemory(data));
    opened.set(part, dataSet);
    return dataSet;
  };
  return {
    name: nameOf(source),
    network,
    recipe: { epochs, batchSize, learningRate },
    settings: { data: source, limit, testLimit, size, augment },
    async open(seed) {
      const [training, test] = [await open('training'), await open('validation')];
      const transforms = await transformsFor(training, size, augment);
      return {
        training: { dataSet: limited(training, limit, seed), transform: transforms.training },
        test: { dataSet: limited(test, testLimit, 0), transform: transforms.evaluation },
      };
    },
  };
}

/** A folder's own name, whatever it was called by, or the generator's. */
function nameOf(source: string): string {
  return basename(resolve(source.split('?', 1)[0] ?? '')) || 'data';
}

async function transformsFor(dataSet: DataSet, size: number, augment: Recipe): Promise<{ training: Transform; evaluation: Transform }> {
  const { shape } = await dataSet.read(0);
  const [height = 1, width = 1, channels = 3] = shape;
  const input = size > 0 ? [size, size, channels] : [height, width, channels];
  return transformsOf(augment, { shape: input, flip: dataSet.isMirrorable !== false });
}

/** So many samples, evenly of each class. */
function limited(dataSet: DataSet, limit: number, seed: number): DataSet {
  const samples = dataSet.labels.length;
  return limit === 0 || limit >= samples ? dataSet : splitDataSet(dataSet, { validation: limit / samples, seed }).validation;
}

/** How the motion of clips is classified. */
export interface MotionTaskOptions {
  readonly network: BackboneName;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Clips to train on, others for each seed, and to test on, the same for all. */
  readonly samples: number;
  readonly testSamples: number;
  readonly frames: number;
  /** Pixels in height and width. */
  readonly size: number;
  /** How hard it is: as of `movingShapes`. */
  readonly noise: number;
  readonly clutter: number;
  readonly jitter: number;
  readonly ambiguity: number;
}

/** What experiment.json keeps of a task. */
export type TaskSettings = { readonly backend: BackendName } & (({ readonly data: string } & PictureTaskOptions) | MotionTaskOptions);

/** The task of such settings. */
export function taskOf(settings: TaskSettings): TrainingTask {
  return 'data' in settings ? pictureTask(settings.data, settings) : motionTask(settings);
}

/** No seed of training clips. */
const TEST_SEED = 0x7e57;

/** Telling where to, and how fast, a figure moves: the generator `moving-shapes`. */
export function motionTask(options: MotionTaskOptions): TrainingTask {
  const { network, epochs, batchSize, learningRate, samples, testSamples } = options;
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
    network,
    recipe: { epochs, batchSize, learningRate },
    settings: { samples, testSamples, ...scene },
    async open(seed) {
      // A direction is no longer what it was in the mirror.
      const { training, evaluation } = transformsOf('none', { shape: [frames, size, size, 3], flip: false });
      return {
        training: { dataSet: clips(samples, seed), transform: training },
        test: { dataSet: clips(testSamples, TEST_SEED), transform: evaluation },
      };
    },
  };
}
