// What the flags make of a data set.
import '@tensorflow/tfjs-backend-cpu';
import type { Random } from '@softpool/models';
import { type DataSet, movingShapes, texturedShapes } from '@softpool/training';
import { transformsOf } from '@softpool/training/node';
import { expect, test } from 'vitest';
import { DEFAULTS } from './flags.ts';
import { inputOf } from './network.ts';

/** Takes whatever may be by chance, a flip too. */
const ALWAYS: Random = { uniform: () => 0, integer: () => 0, normal: () => 0 };

/** What training makes of the first sample, beside what it would be with and without a flip. */
async function inputs(model: 'resnet20' | 'small3d', dataSet: DataSet) {
  const sample = await dataSet.read(0);
  const { training, augment, shape } = await inputOf({ ...DEFAULTS, model, data: [], seed: 0 }, dataSet);
  const [flipped, straight] = [true, false].map((flip) => transformsOf('cifar', { shape: sample.shape, flip }).training);
  const [made, ...known] = await Promise.all([training, flipped!, straight!].map((transform) => transform.apply(sample, ALWAYS)));
  return { augment, shape, made, flipped: known[0], straight: known[1] };
}

test('pictures and clips are flipped, unless left and right tell classes apart', async () => {
  const pictures = await inputs('resnet20', texturedShapes({ samples: 9, size: 16 }));
  expect([pictures.augment, pictures.shape]).toEqual(['cifar', [16, 16, 3]]);
  expect(pictures.made).toEqual(pictures.flipped);
  const clips = await inputs('small3d', movingShapes({ samples: 8, frames: 2, size: 16 }));
  expect([clips.augment, clips.shape]).toEqual(['cifar', [2, 16, 16, 3]]);
  expect(clips.made).toEqual(clips.straight);
  expect(clips.made).not.toEqual(clips.flipped);
});
