// Inputs and transforms that flags give a data set.
import '@tensorflow/tfjs-backend-cpu';
import type { Random } from '@softpool/models';
import { type DataSet, movingShapes, texturedShapes } from '@softpool/training';
import { transformsOf } from '@softpool/training/node';
import { expect, test } from 'vitest';
import { DEFAULTS } from './flags.ts';
import { inputOf, sampleWord } from './network.ts';

/** Applies every random step, including flips. */
const ALWAYS: Random = { uniform: () => 0, integer: () => 0, normal: () => 0 };

/** The first sample's training input, and the same with and without a flip for comparison. */
async function inputs(model: 'resnet20' | 'small3d', dataSet: DataSet) {
  const sample = await dataSet.read(0);
  const { training, augment, inputShape } = await inputOf({ ...DEFAULTS, model, data: [], seed: 0 }, dataSet);
  const [flipped, straight] = [true, false].map((flip) => transformsOf('cifar', { inputShape: sample.shape, flip }).training);
  const [made, ...known] = await Promise.all([training, flipped!, straight!].map((transform) => transform.apply(sample, ALWAYS)));
  return { augment, inputShape, made, flipped: known[0], straight: known[1] };
}

test('pictures are flipped, but not clips whose classes are left and right', async () => {
  const pictures = await inputs('resnet20', texturedShapes({ samples: 9, size: 16 }));
  expect([pictures.augment, pictures.inputShape]).toEqual(['cifar', [16, 16, 3]]);
  expect(pictures.made).toEqual(pictures.flipped);
  const clips = await inputs('small3d', movingShapes({ samples: 8, frames: 2, size: 16 }));
  expect([clips.augment, clips.inputShape]).toEqual(['cifar', [2, 16, 16, 3]]);
  expect(clips.made).toEqual(clips.straight);
  expect(clips.made).not.toEqual(clips.flipped);
});

test('clips are counted as clips', () => {
  expect([[224, 224], [16, 112, 112], undefined].map(sampleWord)).toEqual(['images', 'clips', 'images']);
});
