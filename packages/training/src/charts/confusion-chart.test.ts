// Confusion matrices of many classes.
import { expect, test } from 'vitest';
import { confusionChart } from './confusion-chart.ts';

test('of ten thousand classes only the cells with samples are drawn', async () => {
  const count = 10_000; // an object for each of the 10⁸ cells would not fit into memory
  const confusion = new Uint32Array(count * count);
  confusion[7 * count + 7] = 3;
  confusion[7 * count + 9000] = 1;
  const rest = { correct: 0, predicted: 0, recall: 0, precision: 0 };
  const perClass = Array.from({ length: count }, (_, i) => ({ name: `${i}`, samples: i === 7 ? 4 : 0, ...rest }));
  const { svg } = await confusionChart({ classes: perClass.map(({ name }) => name), confusion, perClass });
  expect(Array.from(svg.matchAll(/<path aria-label="([^"]*)"/g), ([, label]) => label)).toEqual([
    'prediction: 7; class: 7; share of the class: 0.75',
    'prediction: 9000; class: 7; share of the class: 0.25',
  ]);
});
