import * as models from '@softpool/models/internal';
import * as internal from '@softpool/training/internal';
import * as training from '@softpool/training/node';
import { expect, test } from 'vitest';
import { AUGMENTATIONS, BACKENDS, OPTIMIZERS, POOLS, POSITIONS, SCHEDULES } from './choices.ts';

test('the help of commands has the choices of the libraries', () => {
  expect({ POOLS, POSITIONS }).toEqual({ POOLS: models.POOLS, POSITIONS: models.POSITIONS });
  expect([...AUGMENTATIONS].sort()).toEqual([...training.RECIPES].sort());
  expect(OPTIMIZERS).toEqual(internal.OPTIMIZERS);
  expect(SCHEDULES).toEqual(internal.SCHEDULES);
  expect(BACKENDS).toEqual(training.BACKENDS);
});
