// The defaults of a recipe follow from its optimizer.
import { expect, test } from 'vitest';
import { recipeOf } from './options.ts';

test("AdamW's defaults are those of torch.optim.AdamW, and SGD's those of the paper", () => {
  expect(recipeOf({ optimizer: 'adamw' })).toMatchObject({ learningRate: 0.001, weightDecay: 0.01, epochs: 90 });
  expect(recipeOf({})).toMatchObject({ optimizer: 'sgd', learningRate: 0.1, weightDecay: 1e-4 });
});

test('a given learning rate or weight decay holds with every optimizer', () => {
  const given = { learningRate: 0.02, weightDecay: 0 };
  expect(recipeOf({ optimizer: 'adamw', ...given })).toMatchObject(given);
  expect(recipeOf({ optimizer: 'sgd', ...given })).toMatchObject(given);
});
