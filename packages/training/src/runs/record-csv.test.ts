import { expect, test } from 'vitest';
import { epochsCsv } from './record-csv.ts';

const TIME = { at: '2026-01-01T00:00:00.000Z', seconds: 1 };

test('epochs are lines of values, and what is missing is empty', () => {
  const training = { samples: 40, skipped: 0, loss: 1.5, top1: 0.25 };
  const validation = { samples: 20, skipped: 0, loss: null, top1: 0.5, top5: 1 };
  const common = { type: 'epoch', learningRate: 0.1, isBest: true, training, time: TIME } as const;
  expect(
    epochsCsv([
      { ...common, epoch: 1, step: 3, validation },
      { ...common, epoch: 2, step: 6 },
    ]),
  ).toBe(
    [
      'epoch,step,learning_rate,training_loss,training_top1,validation_loss,validation_top1,validation_top5',
      '1,3,0.1,1.5,0.25,,0.5,1',
      '2,6,0.1,1.5,0.25,,,',
      '',
    ].join('\n'),
  );
});
