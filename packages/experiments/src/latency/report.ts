/** Tables and chart of the experiment `latency`. */
import type { ChartSpec } from '@softpool/training/internal';
import type { BackendName } from '@softpool/training/node';
import { UNCUT } from '../report/report.ts';
import type { Report, ReportTable } from '../run/types.ts';
import { quartiles, ratio } from './time-in-turn.ts';
import type { LatencyResult, LatencyTiming } from './types.ts';

/** The measurements for a backend and a shape. */
interface Measured {
  readonly backend: BackendName;
  readonly shape: readonly number[];
  readonly timings: readonly LatencyTiming[];
}

const PASSES = ['forward', 'forward and backward'] as const;
/** Grid lines of the time axis. */
const DECADES = [0.001, 0.01, 0.1, 1, 10, 100, 1000, 10_000];
/** The pooling that the others are compared with. */
const PEER = 'max';

export function latencyReport(
  backends: readonly BackendName[],
  shapes: readonly (readonly number[])[],
  rounds: number,
  resultOf: (backend: BackendName, shape: readonly number[]) => LatencyResult,
): Report {
  const all = backends.flatMap((backend) => shapes.map((shape) => ({ backend, shape, result: resultOf(backend, shape) })));
  const measured: Measured[] = all.flatMap(({ backend, shape, result }) => ('missing' in result ? [] : [{ backend, shape, ...result }]));
  const missing = new Set(all.flatMap(({ backend, result }) => ('missing' in result ? [`${backend}: ${result.missing}.`] : [])));
  const devices = new Set(all.flatMap(({ result }) => ('missing' in result ? [] : [result.device])));
  return {
    title: 'Latency: poolings on the backends of TensorFlow.js',
    method: [
      `Backends: ${[...devices].join('; ') || 'none'}.${missing.size > 0 ? ` Not measured: ${[...missing].join(' ')}` : ''}`,
      `Windows of 2 with stride 2 along each axis, float32, channels last, normally distributed activations after ReLU. Milliseconds are medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} with quartiles. In each round every pooling takes a turn, and ratios are medians of the ratios within rounds. Memory is the peak number of tensor bytes besides the input, as TensorFlow.js counts them, without what kernels allocate internally. “Composed of ops” is Σ x eˣ / Σ eˣ from TensorFlow.js's own ops, which overflows at x ≈ 89.`,
    ],
    tables: measured.map(tableOf),
    paper: 'not comparable: we know of no times in it, and its implementation is CUDA kernels on a GPU.',
    charts: measured.length === 0 ? [] : [{ name: 'latency', spec: chart(measured) }],
    figures: measured.map(({ backend, shape, timings }) => ({
      backend,
      shape: [...shape],
      timings: timings.map(({ pooling, pass, milliseconds, peakBytes }) => ({ pooling, pass, ...spread(milliseconds), peakBytes })),
    })),
  };
}

function tableOf({ backend, shape, timings }: Measured): ReportTable {
  const windows = shape.slice(1, -1).map(() => 2);
  const poolings = [...new Set(timings.map(({ pooling }) => pooling))];
  const timingOf = (pooling: string, pass: string): LatencyTiming =>
    timings.find((timing) => timing.pooling === pooling && timing.pass === pass) as LatencyTiming;
  return {
    title: `${backend}, [${shape.join(', ')}], windows ${windows.join('×')}`,
    head: ['', ...PASSES.flatMap((pass) => [`${pass}, ms`, `of ${PEER}`, 'memory, MB'])],
    rows: poolings.map((pooling) => [
      pooling,
      ...PASSES.flatMap((pass) => {
        const { milliseconds, peakBytes } = timingOf(pooling, pass);
        const peer = timingOf(PEER, pass).milliseconds;
        return [spreadCell(milliseconds), `${ratio(milliseconds, peer).toFixed(2)}×`, (peakBytes / 1e6).toFixed(2)];
      }),
    ]),
  };
}

function spread(milliseconds: readonly number[]): { median: number; first: number; third: number } {
  const [first, median, third] = quartiles(milliseconds);
  return { median, first, third };
}

function spreadCell(milliseconds: readonly number[]): string {
  const { median: middle, first, third } = spread(milliseconds);
  const digits = middle < 1 ? 3 : middle < 100 ? 2 : 0;
  return `${middle.toFixed(digits)} (${first.toFixed(digits)}–${third.toFixed(digits)})`;
}

function chart(measured: readonly Measured[]): ChartSpec {
  const values = measured.flatMap(({ backend, shape, timings }) =>
    timings.map(({ pooling, pass, milliseconds }) => ({ pooling, pass, backend, shape: shape.join('×'), ...spread(milliseconds) })),
  );
  const namesOf = (field: 'backend' | 'shape'): string[] => [...new Set(values.map((value) => value[field]))];
  const y = { field: 'pooling', type: 'nominal', title: null, sort: null } as const;
  return {
    title: 'Milliseconds per call: medians and quartiles',
    config: UNCUT,
    data: { values },
    facet: {
      row: { field: 'backend', type: 'nominal', title: null, sort: namesOf('backend') },
      column: { field: 'shape', type: 'nominal', title: null, sort: namesOf('shape') },
    },
    spec: {
      width: 280,
      height: { step: 14 },
      encoding: {
        y,
        yOffset: { field: 'pass', sort: [...PASSES] },
        color: { field: 'pass', type: 'nominal', title: null, sort: [...PASSES] },
      },
      layer: [
        {
          mark: { type: 'point', filled: true, opacity: 1, size: 40 },
          encoding: { x: { field: 'median', type: 'quantitative', title: 'ms', scale: { type: 'log' }, axis: { values: DECADES } } },
        },
        { mark: { type: 'rule', strokeWidth: 2 }, encoding: { x: { field: 'first', type: 'quantitative' }, x2: { field: 'third' } } },
      ],
    },
    resolve: { scale: { x: 'independent' } },
  };
}
