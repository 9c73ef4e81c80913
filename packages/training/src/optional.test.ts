import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { movingShapes, texturedShapes } from './index.ts';
import { openDataSet } from './node.ts';

// The compiler checks these calls too, with exactOptionalPropertyTypes.
test('an option that is undefined is one that was left out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'softpool-optional-'));
  for (const name of ['train/a', 'train/b', 'train/c', 'val/b', 'val/c']) {
    mkdirSync(join(folder, name), { recursive: true });
    await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } }).toFile(join(folder, name, '1.png'));
  }
  const validation = await openDataSet(folder, { split: 'validation', classes: undefined, seed: undefined });
  expect([validation.classes, Array.from(validation.labels)]).toEqual([
    ['a', 'b', 'c'],
    [1, 2],
  ]);
  rmSync(folder, { recursive: true });
  expect(await movingShapes({ samples: 4, size: undefined }).read(3)).toEqual(await movingShapes({ samples: 4 }).read(3));
  expect(await texturedShapes({ samples: 4, noise: undefined }).read(3)).toEqual(await texturedShapes({ samples: 4 }).read(3));
});
