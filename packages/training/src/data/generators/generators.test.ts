import { randomOf } from '@softpool/models';
import { describe, expect, test } from 'vitest';
import { motionOf, movingShapes } from './moving-shapes.ts';
import { texturedShapes } from './textured-shapes.ts';

const still = { noise: 0, clutter: 0, jitter: 0, ambiguity: 0 } as const;

describe.each([
  ['movingShapes', (seed: number, size = 16) => movingShapes({ samples: 16, frames: 3, size, seed }), [3, 16, 16, 3], 8],
  ['texturedShapes', (seed: number, size = 16) => texturedShapes({ samples: 18, size, seed }), [16, 16, 3], 9],
] as const)('%s', (_, make, shape, classes) => {
  test('depends on the seed alone, in any order of reading', async () => {
    const set = make(1);
    const first = await set.read(5);
    expect(first.shape).toEqual(shape);
    await set.read(0);
    expect(await make(1).read(5)).toEqual(first);
    expect(await make(2).read(5)).not.toEqual(first);
    expect(await set.read(5 + classes)).not.toEqual(first);
  });

  test('has balanced classes', () => {
    const { labels, classes: names } = make(1);
    expect(new Set(names).size).toBe(classes);
    expect(Array.from(names, (_, label) => labels.filter((other) => other === label).length)).toEqual(names.map(() => 2));
  });
});

/**
 * The shift, of up to 6 pixels, by which a figure in two frames fits itself best; the ground does
 * not move, and is left out.
 */
async function shiftSeen(index: number): Promise<number[]> {
  const size = 64;
  const { data } = await movingShapes({ samples: 8, frames: 2, size, seed: 3, ...still }).read(index);
  const second = size * size * 3;
  let best = { sum: Number.POSITIVE_INFINITY, shift: [0, 0] };
  for (let y = -6; y <= 6; y++) {
    for (let x = -6; x <= 6; x++) {
      let sum = 0;
      for (let pixel = 0; pixel < size * size; pixel++) {
        if (data[3 * pixel] === data[second + 3 * pixel]) continue;
        const [row, column] = [(Math.floor(pixel / size) + y + size) % size, (pixel + x + size) % size];
        sum += Math.min(Math.abs(data[3 * pixel]! - data[second + 3 * (row * size + column)]!), 60);
      }
      if (sum < best.sum) best = { sum, shift: [x, y] };
    }
  }
  return best.shift;
}

describe('the motion of movingShapes', () => {
  test('has the direction and speed of its class', async () => {
    // A 32nd of 64 pixels is 2: slow is 2 pixels per frame, fast 4; rows count downwards.
    const expected = [
      [2, 0],
      [4, 0],
      [0, 2],
      [0, 4],
      [-2, 0],
      [-4, 0],
      [0, -2],
      [0, -4],
    ];
    const found = await Promise.all(expected.map((_, index) => shiftSeen(index)));
    expect(found).toEqual(expected);
  });

  test('overlaps between classes, so that 89.5 % is the best accuracy', () => {
    // P(|z| < 45/20) for the direction, P(z < ln √2 / 0.25) for the speed.
    const expected = 0.97555 * 0.91719;
    const random = randomOf(1, 99);
    const draws = 40_000;
    let right = 0;
    for (let i = 0; i < draws; i++) {
      const label = i % 8;
      const { angle, speed } = motionOf(label, 1, random);
      const turn = (Math.round(angle / (Math.PI / 2)) + 4) % 4;
      if (2 * turn + (speed > Math.SQRT2 ? 1 : 0) === label) right++;
    }
    // Three standard deviations of the draws.
    expect(Math.abs(right / draws - expected)).toBeLessThan(3 * Math.sqrt((0.105 * 0.895) / draws));
    expect(motionOf(3, 0, random)).toEqual({ angle: Math.PI / 2, speed: 2 });
  });

  test('does not show in single frames: their mean brightness is the same everywhere in every class', async () => {
    const clips = movingShapes({ samples: 640, frames: 2, size: 8, seed: 2, noise: 0, clutter: 0 });
    const variance = clips.classes.map(() => [0, 0, 0, 0]);
    for (const [index, label] of clips.labels.entries()) {
      const { data } = await clips.read(index);
      for (let pixel = 0; pixel < 64; pixel++) {
        const quarter = 2 * (pixel >= 32 ? 1 : 0) + (pixel % 8 >= 4 ? 1 : 0);
        variance[label]![quarter]! += Math.abs(data[192 + 3 * pixel]! - 128) / (16 * 80);
      }
    }
    const mean = variance.flat().reduce((sum, value) => sum + value / 32, 0);
    for (const value of variance.flat()) expect(Math.abs(value / mean - 1)).toBeLessThan(0.2);
  });
});

test('noise has the given deviation', async () => {
  const quiet = await texturedShapes({ samples: 1, size: 64, seed: 4, noise: 0 }).read(0);
  const loud = await texturedShapes({ samples: 1, size: 64, seed: 4, noise: 20 }).read(0);
  const differences = Array.from(quiet.data, (value, i) => loud.data[i]! - value).filter((_, i) => Math.abs(quiet.data[i]! - 128) < 60);
  const deviation = Math.sqrt(differences.reduce((sum, value) => sum + value ** 2, 0) / differences.length);
  expect(Math.abs(deviation - 20)).toBeLessThan(0.6); // over some 10,000 pixels
});

test.each([
  [() => movingShapes({ samples: 0 }), 'movingShapes: options.samples must be an integer from 1 to 10000000, received 0'],
  [() => movingShapes({ samples: 8, size: 4 }), 'movingShapes: options.size must be an integer from 8 to 4096, received 4'],
  [() => movingShapes({ samples: 8, frames: 1 }), 'movingShapes: options.frames must be an integer from 2 to 1024, received 1'],
  [() => movingShapes({ samples: 8, clutter: -1 }), 'movingShapes: options.clutter must be an integer from 0 to 1000, received -1'],
  [() => texturedShapes({ samples: 1e9 }), 'texturedShapes: options.samples must be an integer from 1 to 10000000, received 1000000000'],
  [() => texturedShapes({ samples: 9, size: 1e6 }), 'texturedShapes: options.size must be an integer from 8 to 4096, received 1000000'],
  [() => movingShapes({ samples: 8, ambiguity: Number.NaN }), 'movingShapes: options.ambiguity must be a number ≥ 0, received NaN'],
  [() => texturedShapes({ samples: 9, noise: -1 }), 'texturedShapes: options.noise must be a number ≥ 0, received -1'],
  [() => texturedShapes({ samples: 9, seed: 0.5 }), 'texturedShapes: options.seed must be a 32-bit integer, received 0.5'],
])('invalid options are rejected (%#)', (make, message) => {
  expect(make).toThrow(new RangeError(message));
});
