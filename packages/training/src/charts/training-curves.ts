/** Loss and accuracy over the epochs as charts. */
import { join } from 'node:path';
import type { EpochRecord } from '../runs/record.ts';
import { writeFileAtomic } from '../runs/write-file.ts';
import { type ChartSpec, chartSvg, svgToPng } from './chart.ts';

/** Writes loss.svg, loss.png, accuracy.svg and accuracy.png. */
export async function writeCurves(folder: string, epochs: readonly EpochRecord[], title: string): Promise<void> {
  const loss = epochs.flatMap(({ epoch, training, validation }) => [
    { epoch, value: training.loss, of: 'training' },
    ...(validation === undefined ? [] : [{ epoch, value: validation.loss, of: 'validation' }]),
  ]);
  const accuracy = epochs.flatMap(({ epoch, training, validation }) => [
    { epoch, value: 100 * training.top1, of: 'training' },
    ...(validation === undefined ? [] : [{ epoch, value: 100 * validation.top1, of: 'validation' }]),
  ]);
  for (const [name, points, words] of [
    ['loss', loss, 'loss (cross-entropy)'],
    ['accuracy', accuracy, 'top-1 accuracy, %'],
  ] as const) {
    const svg = await chartSvg(curves(points, title, words));
    writeFileAtomic(join(folder, `${name}.svg`), svg);
    writeFileAtomic(join(folder, `${name}.png`), svgToPng(svg));
  }
}

interface Point {
  readonly epoch: number;
  readonly value: number | null;
  readonly of: string;
}

function curves(points: readonly Point[], title: string, words: string): ChartSpec {
  const epochs = new Set(points.map(({ epoch }) => epoch)).size;
  return {
    width: 480,
    height: 300,
    title,
    data: { values: points.map((point) => ({ ...point })) },
    mark: { type: 'line', point: epochs <= 40 },
    encoding: {
      x: { field: 'epoch', type: 'quantitative', title: 'epoch', scale: { nice: false }, axis: { tickMinStep: 1, format: 'd' } },
      y: { field: 'value', type: 'quantitative', title: words, scale: { zero: false } },
      color: { field: 'of', type: 'nominal', title: null, scale: { domain: ['training', 'validation'] } },
    },
  };
}
