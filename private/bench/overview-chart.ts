/** The first chart of docs/performance.md: SoftPool, and what users would take instead. */
import { chartSvg } from '@softpool/training/internal';

/** The rows of the first chart, by their names in it. */
const OVERVIEW: Readonly<Record<string, string>> = {
  'SoftPool, two threads': 'SoftPool, channelsLast, two threads',
  'SoftPool, one thread': 'SoftPool, channelsLast',
  'SoftPool, tensors on the JavaScript heap': 'SoftPool, channelsFirst, from and to the JavaScript heap',
  'TensorFlow.js average pooling': 'TensorFlow.js wasm avgPool, channelsLast',
  'ONNX Runtime average pooling': 'ONNX Runtime AveragePool, channelsFirst',
  'PyTorch average pooling': 'PyTorch avg_pool2d, channelsFirst',
  'soft pooling composed of TensorFlow.js ops': 'TensorFlow.js wasm composition, channelsLast',
  "the original's composition in PyTorch": "PyTorch, the original's composition, channelsFirst",
  'soft pooling as a plain JavaScript loop': 'plain loop, channelsLast',
};

/** Draws it from the rows of the first table. */
export function overviewSvg(rows: readonly (readonly string[])[]): Promise<string> {
  const values = Object.entries(OVERVIEW).flatMap(([name, label]) => {
    const row = rows.find(([each]) => each === label);
    return row ? [{ name, milliseconds: Number(row[1]), owner: name.startsWith('SoftPool') ? 'this package' : 'others' }] : [];
  });
  const y = { field: 'name', type: 'nominal', title: null, sort: null, axis: { labelLimit: 0 } } as const;
  const x = { field: 'milliseconds', type: 'quantitative', title: 'milliseconds, logarithmic: less is better' } as const;
  return chartSvg({
    ...{ width: 420, height: { step: 24 }, title: '2×2 windows of a [8,64,112,112] tensor' },
    data: { values },
    encoding: { y },
    layer: [
      {
        mark: 'bar',
        encoding: {
          x: { ...x, scale: { type: 'log', domainMin: 1 } },
          x2: { datum: 1 },
          color: { field: 'owner', type: 'nominal', title: null, legend: null },
        },
      },
      {
        mark: { type: 'text', align: 'left', dx: 4 },
        encoding: { x: { ...x, scale: { type: 'log', domainMin: 1 } }, text: { field: 'milliseconds', format: '.3~g' } },
      },
    ],
  });
}
