// The defaults of a recipe follow from its optimizer.
import { expect, test } from 'vitest';
import { checkOptions, PAPER_RECIPE, recipeOf } from './options.ts';

test("AdamW's defaults are those of torch.optim.AdamW, and SGD's those of the paper", () => {
  expect(recipeOf({ optimizer: 'adamw' })).toMatchObject({ learningRate: 0.001, weightDecay: 0.01, epochs: 90 });
  expect(recipeOf({})).toMatchObject({ optimizer: 'sgd', learningRate: 0.1, weightDecay: 1e-4 });
});

test('a whole recipe may be given with one option changed', () => {
  expect(recipeOf({ ...PAPER_RECIPE, schedule: 'cosine' })).toEqual({ ...PAPER_RECIPE, schedule: 'cosine' });
  const adamw = recipeOf({ optimizer: 'adamw' });
  expect(recipeOf(adamw)).toEqual(adamw);
});

test('a given learning rate or weight decay holds with every optimizer', () => {
  const given = { learningRate: 0.02, weightDecay: 0 };
  expect(recipeOf({ optimizer: 'adamw', ...given })).toMatchObject(given);
  expect(recipeOf({ optimizer: 'sgd', ...given })).toMatchObject(given);
});

test.each<[options: object, message: string]>([
  [{ epoch: 3 }, 'train: options.epoch is not an option of this call'],
  [{ output: '' }, "train: options.output must be the path of a folder, received ''"],
  [{ force: 'false' }, "train: options.force must be true or false, received 'false'"],
  [{ dryRun: 1 }, 'train: options.dryRun must be true or false, received 1'],
  [{ maxCorrupt: Number.NaN }, 'train: options.maxCorrupt must be an integer ≥ 0, received NaN'],
  [{ checkpointSteps: 0 }, 'train: options.checkpointSteps must be a positive integer, received 0'],
  [{ checkpointSeconds: 'abc' }, "train: options.checkpointSeconds must be a number ≥ 0, received 'abc'"],
  [{ signal: new AbortController() }, 'train: options.signal must be an AbortSignal, received AbortController'],
  [{ onStep: 'x' }, "train: options.onStep must be a function, received 'x'"],
  [{ settings: null }, 'train: options.settings must be an object, received null'],
  [{ settings: { a: 1n } }, 'train: options.settings cannot be written as JSON: Do not know how to serialize a BigInt'],
])('%o is refused before a run is replaced', (options, message) => {
  expect(() => checkOptions({ output: 'run', ...options } as never)).toThrow(message);
});
