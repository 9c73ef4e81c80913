/** Confusion matrices as charts. */
import type { EvaluationResult } from '../evaluate/result.ts';
import { cellsOf } from '../evaluate/tally.ts';
import { type Chart, type ChartSpec, chartSvg, svgToPng } from './chart.ts';

/** Up to this many classes, axes have names and cells have numbers. */
const NAMED = 64;
const NUMBERED = 20;

/**
 * Draws the confusion matrix of an evaluation: a row per class, a column per prediction, darker for
 * a larger share of the row.
 *
 * @param result - The evaluation.
 * @returns The chart as SVG and PNG.
 * @example
 * ```ts
 * const perClass = [
 *   { name: 'cat', samples: 3, correct: 2, predicted: 2, recall: 2 / 3, precision: 1 },
 *   { name: 'dog', samples: 1, correct: 1, predicted: 2, recall: 1, precision: 1 / 2 },
 * ];
 * const confusion = Uint32Array.of(2, 1, 0, 1);
 * const { svg, png } = await confusionChart({ classes: ['cat', 'dog'], perClass, confusion });
 * svg.startsWith('<svg'); // true
 * png.length > 1000; // true
 * ```
 */
export async function confusionChart(result: Pick<EvaluationResult, 'classes' | 'confusion' | 'perClass'>): Promise<Chart> {
  const svg = await chartSvg(confusionSpec(result));
  return { svg, png: svgToPng(svg) };
}

function confusionSpec({ classes, confusion, perClass }: Pick<EvaluationResult, 'classes' | 'confusion' | 'perClass'>): ChartSpec {
  const count = classes.length;
  // Two classes with the same name must not share a row.
  const named = (name: string, i: number): string => (classes.indexOf(name) === i ? name : `${name} (${i})`);
  const names = count <= NAMED ? classes.map(named) : [...classes.keys()];
  const values = cellsOf(confusion, count).map(([label, prediction, samples]) => ({
    label: names[label],
    prediction: names[prediction],
    samples,
    share: samples / (perClass[label]?.samples ?? samples),
  }));
  const side = Math.max(240, Math.min(800, 36 * count));
  const axis = count <= NAMED ? { labelLimit: 200 } : { labels: false, ticks: false };
  const position = { type: 'ordinal', sort: null, scale: { domain: names } } as const;
  const cells = {
    mark: { type: 'rect' },
    encoding: {
      color: { field: 'share', type: 'quantitative', title: 'share of the class', scale: { domain: [0, 1], scheme: 'blues' } },
    },
  } as const;
  const numbers = {
    mark: { type: 'text', fontSize: 10 },
    encoding: { text: { field: 'samples' }, color: { condition: { test: 'datum.share > 0.5', value: 'white' }, value: 'black' } },
  } as const;
  return {
    width: side,
    height: side,
    data: { values },
    encoding: {
      y: { ...position, field: 'label', title: 'class', axis },
      x: { ...position, field: 'prediction', title: 'prediction', axis: { ...axis, labelAngle: -45 } },
    },
    layer: count <= NUMBERED ? [cells, numbers] : [cells],
  };
}
