// Positions in files, which may have been changed.
import { expect, test } from 'vitest';
import { checkedPosition, START } from './position.ts';

const EXTENT = { epochs: 5, batches: 3, samples: 40 };
const SOUND = { epoch: 2, step: 8, batch: 2, seen: 30, correct: 20, lossSum: 12.5, skipped: 2, best: { epoch: 1, top1: 0.5, loss: 1 } };

test('a position that a training can have is accepted', () => {
  expect(checkedPosition(SOUND, EXTENT)).toEqual(SOUND);
  expect(checkedPosition(START, EXTENT)).toEqual(START);
  expect(checkedPosition({ ...START, epoch: 5, step: 15 }, EXTENT)).toEqual({ ...START, epoch: 5, step: 15 });
});

test.each([
  [{ epoch: 99 }, 'epoch must be an integer from 0 to 5, received 99'],
  [{ epoch: 'x' }, 'epoch must be an integer from 0 to 5, received "x"'],
  [{ epoch: 5 }, 'batch must be an integer from 0 to 0, received 2'],
  [{ batch: 1e9 }, 'batch must be an integer from 0 to 3, received 1000000000'],
  [{ step: 9 }, 'step must be an integer from 0 to 8, received 9'],
  [{ step: -1 }, 'step must be an integer from 0 to 8, received -1'],
  [{ seen: null }, 'seen must be an integer from 0 to 40, received null'],
  [{ correct: 31 }, 'correct must be an integer from 0 to 30, received 31'],
  [{ skipped: 11 }, 'skipped must be an integer from 0 to 10, received 11'],
  [{ lossSum: undefined }, 'lossSum must be a number, received nothing'],
  [{ best: 5 }, 'best must be an epoch from 1 to 2 with its results, or null, received 5'],
  [{ best: { ...SOUND.best, epoch: 3 } }, 'best must be an epoch from 1 to 2 with its results'],
  [{ best: { ...SOUND.best, top1: 2 } }, 'best must be an epoch from 1 to 2 with its results'],
])('%o is refused', (change, message) => {
  expect(() => checkedPosition({ ...SOUND, ...change }, EXTENT)).toThrow(`its position is damaged: ${message}`);
});

test('a value that is not an object is refused', () => {
  expect(() => checkedPosition(null, EXTENT)).toThrow('its position is damaged: it must be an object, received null');
});
