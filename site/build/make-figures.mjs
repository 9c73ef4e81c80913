// Makes the pictures of docs/operator.md, which the site replaces by instruments.
// `node site/build/make-figures.mjs`, after `npm run build`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chartSvg } from '@softpool/training/internal';
import { softPool1d, softPool1dGrad } from 'softpool';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const x = { data: Float64Array.of(0, 1, 2, 3), shape: [1, 4] };
const dy = { data: Float64Array.of(1), shape: [1, 1] };

/** @param {number} beta @param {'weights' | 'exact'} gradient */
const gradientOf = (beta, gradient) => Array.from(softPool1dGrad(x, dy, { kernelSize: 4, beta, gradient }).data);
/** @param {number} beta */
const outputOf = (beta) => Number((softPool1d(x, { kernelSize: 4, beta }).data[0] ?? Number.NaN).toPrecision(4));

const weights = [0, 1, 4.44].map((beta) => ({ title: `β = ${beta}: y = ${outputOf(beta)}`, values: gradientOf(beta, 'weights') }));
writeFileSync(`${docs}operator-window.svg`, await bars('weight', weights));

const gradients = [
  { title: 'max', values: [0, 0, 0, 1] },
  { title: 'average', values: gradientOf(0, 'weights') },
  { title: "soft, the paper's", values: gradientOf(1, 'weights') },
  { title: 'soft, exact', values: gradientOf(1, 'exact') },
];
writeFileSync(`${docs}operator-gradient.svg`, await bars('dy/dx', gradients));

/**
 * Bars for each input, side by side.
 *
 * @param {string} quantity
 * @param {readonly { readonly title: string, readonly values: readonly number[] }[]} charts
 */
function bars(quantity, charts) {
  const values = charts.flatMap(({ title, values: heights }) =>
    heights.map((height, index) => ({
      title,
      x: x.data[index],
      height,
      top: Math.max(0, height),
      text: String(Number(height.toFixed(3))).replace('-', '−'),
    })),
  );
  return chartSvg({
    data: { values },
    facet: { column: { field: 'title', title: null, sort: charts.map(({ title }) => title), header: { labelFontSize: 13 } } },
    spec: {
      width: 180,
      height: 160,
      encoding: {
        x: { field: 'x', type: 'ordinal', title: 'input x', axis: { labelAngle: 0 } },
        y: { field: 'height', type: 'quantitative', title: quantity, scale: { domain: [-0.1, 1.1] } },
      },
      layer: [
        { mark: { type: 'bar', color: '#0b5fa5' } },
        { mark: { type: 'text', dy: -7 }, encoding: { text: { field: 'text' }, y: { field: 'top', type: 'quantitative' } } },
      ],
    },
  });
}
