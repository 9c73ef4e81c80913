/** The first chart of docs/performance.md: SoftPool, and what users would take instead. */
import { chartSvg } from '@softpool/training/internal';

/**
 * The rows of the first table that the chart has, by their names in it. They are in one layout,
 * channelsLast, unless a library has channelsFirst only.
 */
const OVERVIEW: Readonly<Record<string, string>> = {
  'SoftPool, two threads': 'SoftPool, channelsLast, two threads',
  'SoftPool, one thread': 'SoftPool, channelsLast',
  'SoftPool, JavaScript heap': 'SoftPool, channelsLast, from and to the JavaScript heap',
  'average pooling, TensorFlow.js': 'TensorFlow.js wasm avgPool, channelsLast',
  'average pooling, ONNX Runtime': 'ONNX Runtime AveragePool, channelsFirst',
  'average pooling, PyTorch': 'PyTorch avg_pool2d, channelsFirst',
  'soft pooling, TensorFlow.js ops': 'TensorFlow.js wasm composition, channelsLast',
  'soft pooling, original in PyTorch': "PyTorch, the original's composition, channelsFirst",
  'soft pooling, JavaScript loop': 'plain loop, channelsLast',
};

const SOFTPOOL = '#0b5fa5';
const OTHERS = '#6b7280';

/**
 * Draws it from the rows of the first table. Dots, since the lengths of bars would say nothing on a
 * logarithmic axis.
 */
export function overviewSvg(rows: readonly (readonly string[])[]): Promise<string> {
  const values = Object.entries(OVERVIEW).flatMap(([name, label]) => {
    const row = rows.find(([each]) => each === label);
    return row ? [{ name, milliseconds: Number(row[1]), color: name.startsWith('SoftPool') ? SOFTPOOL : OTHERS }] : [];
  });
  const y = { field: 'name', type: 'nominal', title: null, sort: null, axis: { labelLimit: 0, grid: true, ticks: false } } as const;
  const x = {
    field: 'milliseconds',
    type: 'quantitative' as const,
    title: 'milliseconds on a logarithmic scale: less is better',
    scale: { type: 'log' as const, domain: [1, 200] },
    axis: { values: [1, 2, 5, 10, 20, 50, 100, 200] },
  };
  return chartSvg({
    ...{ width: 310, height: { step: 26 } },
    title: { text: '2×2 windows of a [8,64,112,112] tensor', subtitle: ['channelsLast', '(ONNX Runtime and PyTorch: channelsFirst)'] },
    config: { axis: { labelFontSize: 12, titleFontSize: 12 }, text: { fontSize: 12 } },
    data: { values },
    encoding: { x, y, color: { field: 'color', type: 'nominal', scale: null } },
    layer: [
      { mark: { type: 'point', filled: true, opacity: 1, size: 90 } },
      {
        mark: { type: 'text', align: 'left', dx: 9 },
        encoding: { text: { field: 'milliseconds', format: '.3~g' }, color: { value: 'black' } },
      },
    ],
  });
}
