// The main entry works in a page: generated data comes in batches.
import { expect, test } from 'vitest';
import { batches, type Transform, texturedShapes } from './index.ts';

test('batches of generated pictures contain each sample once', async () => {
  const dataSet = texturedShapes({ samples: 10, size: 8 });
  const transform: Transform = { inputShape: [8, 8, 3], apply: async ({ data }) => Float32Array.from(data) };
  const indices: number[] = [];
  for await (const batch of batches(dataSet, transform, { batchSize: 4, seed: 1, epoch: 0 })) indices.push(...batch.indices);
  expect(indices.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
