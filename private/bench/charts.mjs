// Measurements as curves, SVG.
import * as vega from 'vega';
import { compile } from 'vega-lite';

const SIZE = { width: 560, height: 300 };

/**
 * What an output costs as windows grow, and what it would cost if it grew as their taps do.
 *
 * @param {readonly import('./sections.mjs').KernelPoint[]} points
 */
export function kernelsChart(points) {
  const values = points.map(({ kernelSize, layout, ours }) => ({ kernelSize, cost: ours, series: `SoftPool, ${layout}` }));
  const [smallest] = points;
  const byTaps = points
    .filter(({ layout }) => layout === smallest?.layout)
    .map(({ kernelSize }) => ({
      kernelSize,
      cost: ((smallest?.ours ?? 0) * kernelSize ** 2) / (smallest?.kernelSize ?? 1) ** 2,
      series: 'as the taps grow',
    }));
  return svg({
    ...SIZE,
    title: 'Windows at stride 1: the cost of an output',
    data: { values: [...values, ...byTaps] },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'kernelSize', type: 'quantitative', title: 'side of the window', axis: { values: [3, 5, 7, 11] } },
      y: { field: 'cost', type: 'quantitative', title: 'nanoseconds an output' },
      color: { field: 'series', type: 'nominal', title: null },
    },
  });
}

/**
 * How many times as fast as the plain loop, by the tensor's size.
 *
 * @param {readonly import('./sections.mjs').SmallPoint[]} points
 */
export function smallChart(points) {
  return svg({
    ...SIZE,
    title: 'Small tensors: speed over a plain JavaScript loop',
    layer: [
      {
        data: { values: points.map(({ elements, kernel, ratio }) => ({ elements, kernel, ratio })) },
        mark: { type: 'line', point: true },
        encoding: {
          x: { field: 'elements', type: 'quantitative', scale: { type: 'log', base: 2 }, title: 'elements of the tensor' },
          y: { field: 'ratio', type: 'quantitative', scale: { type: 'log', base: 2 }, title: 'times as fast' },
          color: { field: 'kernel', type: 'nominal', title: null },
        },
      },
      {
        data: { values: [{ ratio: 1 }] },
        mark: { type: 'rule', strokeDash: [4, 4] },
        encoding: { y: { field: 'ratio', type: 'quantitative' } },
      },
    ],
  });
}

/** @param {import('vega-lite').TopLevelSpec} spec */
function svg(spec) {
  return new vega.View(vega.parse(compile({ background: 'white', config: { legend: { labelLimit: 0 } }, ...spec }).spec), {
    renderer: 'none',
  }).toSVG();
}
