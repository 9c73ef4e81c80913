/**
 * Soft pooling as PyTorch exports it, folded: the values are those of the original where that is
 * finite, and those of the definition where it is not. PyTorch 1.13 wrote most files
 * (fixtures/make.py), and 2.13, with its newer exporter, those with -dynamo
 * (fixtures/make_dynamo.py).
 */
import { readdirSync, readFileSync } from 'node:fs';
import ort from 'onnxruntime-node';
import type { PoolOptions, Tensor } from 'softpool/internal';
import { globalSoftPool, softPool1d, softPool2d, softPool3d } from 'softpool/reference';
import { describe, expect, test } from 'vitest';
import { foldSoftPool, inspectPooling } from '../index.ts';

const FOLDER = new URL('./fixtures/', import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.onnx'));

/** By which exporter a file was written, its opset, and whether its sizes are open. */
const KIND = String.raw`(-dynamo|-dynamo-raw)?-\d\d(-open)?\.onnx$`;

/** The files of a form, in every opset, with fixed and with open sizes. */
function filesOf(form: string): string[] {
  return FILES.filter((name) => new RegExp(`^${form}${KIND}`).test(name));
}

function read(file: string): Uint8Array {
  return readFileSync(new URL(file, FOLDER));
}

const IMAGES = [2, 3, 12, 12];

/** A form: what the report says of it, and its definition. */
interface Form {
  readonly to: string;
  readonly definition: (x: Tensor) => Tensor;
  readonly shape?: readonly number[];
  readonly note?: RegExp;
}

function windows(to: string, options: PoolOptions, more: Partial<Form> = {}): Form {
  return { to, definition: (x) => softPool2d(x, options as never), ...more };
}

function everything(options: Parameters<typeof globalSoftPool>[1] = {}): Form {
  return { to: 'global soft', definition: (x) => globalSoftPool(x, options) };
}

const TWO = windows('soft 2×2/2', { kernelSize: 2 });
const THREE = { kernelSize: 3, stride: 2 };
const PADDED = windows('soft 3×3/2 pad 1', { ...THREE, padding: 1 });
const SHARED = windows('soft 2×2/2, shared weights', { kernelSize: 2, weights: 'shared' });
const SHARED_PADDED = windows('soft 3×3/2 pad 1, shared weights', { ...THREE, padding: 1, weights: 'shared' });

const FORMS: Readonly<Record<string, Form>> = {
  window: TWO,
  padded: PADDED,
  'pads-not-counted': PADDED,
  ceil: windows('soft 3×3/2 pad 1, ceil', { ...THREE, padding: 1, ceilMode: true }),
  sums: windows('soft 3×3/2', THREE),
  sharper: windows('soft 2×2/2, β 2.5', { kernelSize: 2, beta: 2.5 }),
  temperature: windows('soft 2×2/2, β 2', { kernelSize: 2, beta: 2 }),
  epsilon: { ...TWO, note: /^the 1e-7 added to the denominator goes: it halved results where inputs are near -16\.1, / },
  'clamped-denominator': { ...TWO, note: /^the lower limit of 0\.000001 for the denominator goes: / },
  'clamped-exponent': { ...TWO, note: /^its limit of -85 to 85 for exponents goes: / },
  'clamped-input': { ...TWO, definition: (x) => TWO.definition(mapped(x, (value) => Math.min(3, Math.max(-3, value)))) },
  'clamped-result': { ...TWO, definition: (x) => mapped(TWO.definition(x), (value) => Math.max(0, value)) },
  mean: everything(),
  'sum-without-axes': everything({ keepDims: false }),
  adaptive: everything(),
  flattened: everything({ keepDims: false }),
  extent: everything(),
  strip: windows('soft 1×12/1×12', { kernelSize: [1, 12] }),
  depthwise: PADDED,
  'as-one-channel': TWO,
  half: { ...TWO, definition: (x) => x },
  unfold: windows('soft 3×3/2', THREE),
  'unfold-ratio': windows('soft 2×3/2×3, β 2', { kernelSize: [2, 3], beta: 2 }),
  sliding: windows('soft 3×3/2', THREE),
  blocks: TWO,
  slices: TWO,
  'global-softmax': everything(),
  line: { to: 'soft 3/2 pad 1', definition: (x) => softPool1d(x, { kernelSize: 3, stride: 2, padding: 1 }), shape: [2, 3, 20] },
  volume: {
    to: 'soft 2×3×3/2',
    definition: (x) => softPool3d(x, { kernelSize: [2, 3, 3], stride: 2 }),
    shape: [2, 3, 6, 8, 10],
  },
  stable: windows('soft 3×3/2 pad 1, β 2', { ...THREE, padding: 1, beta: 2 }),
  'after-relu': { ...PADDED, definition: (x) => PADDED.definition(mapped(x, (value) => Math.max(0, value))) },
  zeros: windows('soft 3×3/2 pad 1 with zeros', THREE, { definition: (x) => softPool2d(withZeros(x, 1, 1), THREE) }),
  'zeros-on-two-sides': windows('soft 3×3/2 pad 0+1 × 0+1 with zeros', THREE, { definition: (x) => softPool2d(withZeros(x, 0, 1), THREE) }),
  'unfold-with-zeros': {
    to: 'soft 5×5/1 pad 2 with zeros',
    definition: (x) => softPool2d(withZeros(x, 2, 2), { kernelSize: 5, stride: 1 }),
  },
  shared: windows('soft 2×2/2, shared weights', { kernelSize: 2, weights: 'shared' }),
  'shared-and-guarded': windows(
    'soft 2×2/2, shared weights',
    { kernelSize: 2, weights: 'shared' },
    {
      note: /^the upper limit of 3e\+38 for the weights goes: .*; the limits of -3e\+38 to 3e\+38 for the numerator go: .*; the 0\.000001 added/,
    },
  ),
  'shared-negative-axis': SHARED_PADDED,
  'shared-unsqueezed': SHARED,
  'shared-viewed': SHARED,
  'shared-expanded': SHARED,
  'shared-mean': SHARED,
  'shared-pointwise': SHARED,
  'shared-logarithm': SHARED,
  'shared-global': { ...everything({ keepDims: false, weights: 'shared' }), to: 'global soft, shared weights' },
  'shared-unfold': windows('soft 3×3/2, shared weights', { ...THREE, weights: 'shared' }),
  'shared-unfold-weights': SHARED_PADDED,
  'shared-unfold-with-zeros': windows(
    'soft 3×3/1 pad 1 with zeros, shared weights',
    { kernelSize: 3 },
    { definition: (x) => softPool2d(withZeros(x, 1, 1), { kernelSize: 3, stride: 1, weights: 'shared' }) },
  ),
  'shared-softmax': windows('soft 2×2/2, β 2, shared weights', { kernelSize: 2, beta: 2, weights: 'shared' }),
  'shared-softmax-of-logarithm': SHARED,
  'shared-in-two-steps': SHARED,
  'shared-slices': SHARED,
  'less-global-max': TWO,
  'less-channel-max': PADDED,
  'less-global-max-written-twice': TWO,
  'less-max-and-epsilon': {
    ...windows('soft 2×2/2, β 2', { kernelSize: 2, beta: 2 }),
    note: /^the 1e-12 added to the denominator goes: it halved results where inputs are near -13\.8 after the subtraction, /,
  },
  'less-window-max': TWO,
  'less-window-max-sized': windows('soft 2×3/2×3', { kernelSize: [2, 3] }),
  'less-window-max-expanded': TWO,
  'around-window-max': TWO,
  'global-less-max': everything({ keepDims: false }),
  'unfold-less-max': windows('soft 3×3/2', THREE),
  'unfold-softmax-by-hand': windows('soft 3×3/2', THREE),
  'unfold-log-softmax': TWO,
  'unfold-less-logarithm': TWO,
  'shared-less-max': SHARED,
  'shared-unfold-less-max': SHARED,
};

/** Forms that subtract the maximum, or limit a sum. */
const NEVER_NAN =
  /^(?!shared).*softmax|shared-softmax$|^unfold$|^unfold-with|sliding|blocks|^slices|stable|after-relu|clamped-(exponent|denominator|input)|window-max|(unfold|global)-less|max-and-epsilon/;

/** Networks, and the poolings in them. */
const NETWORKS: Readonly<Record<string, { readonly poolings: readonly string[]; readonly shape: readonly number[] }>> = {
  'network-sppf': { poolings: ['soft 5×5/1 pad 2', 'soft 5×5/1 pad 2', 'soft 5×5/1 pad 2'], shape: [1, 3, 12, 12] },
  'network-with-functions': { poolings: ['soft 5×5/1 pad 2', 'soft 5×5/1 pad 2', 'soft 5×5/1 pad 2'], shape: [1, 3, 12, 12] },
  'network-attention': { poolings: ['soft 7×7/3'], shape: [1, 3, 12, 12] },
  'network-downsample': { poolings: ['soft 2×2/2'], shape: [1, 3, 12, 12] },
  'network-channels': { poolings: ['global soft'], shape: [1, 3, 40, 40] },
};

/** What is nearly soft pooling, and how it differs. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'large-epsilon': /^it adds 0\.01 to the denominator, which is 0\.01 of the weight of a zero; /,
  'tightly-clamped-exponent': /^it limits its exponents to at most 5, far from where float32 overflows/,
  'other-weights': /^its weights are exponentials of \/Tanh_output_0, and it pools x$/,
  'other-windows': /^the numerator and the denominator count padding differently$/,
  'other-factor': /^its numerator and denominator have other factors: the result is 4 times soft pooling$/,
  negative: /^it multiplies x by -1 in the exponent; SoftPool takes β ≥ 0$/,
  shifted: /^its exponents subtract ReduceMax \/ReduceMax from x, which may differ within a window$/,
  'softmax-of-sum': /^its softmax is of ReduceSum \/ReduceSum of x, not of x or of the logarithm of Σ eˣ over channels$/,
  'less-sliding-max': /^its exponents subtract MaxPool \/MaxPool from x, which may differ within a window$/,
  'less-max-of-other-windows': /^its exponents subtract Resize \/Resize from x, which may differ within a window$/,
  'unfold-less-other-max': /^what its exponents subtract from x differs within a window$/,
  'shared-less-channel-max': /^its exponents subtract ReduceMax \/ReduceMax from x, which may differ within a window or between channels$/,
  'shared-squared': /^it scales or limits the logarithm of the weights that channels share, ReduceLogSumExp \/ReduceLogSumExp$/,
  'shared-unequally': /^Conv \/Conv does not add up exponentials over channels with equal weights$/,
  'other-beta': /^the exponents of the numerator and the denominator differ: 1·x and 2·x$/,
};

test('every fixture is tested', () => {
  const forms = new Set(FILES.map((name) => name.replace(new RegExp(KIND), '')));
  expect([...forms].sort()).toEqual([...Object.keys(FORMS), ...Object.keys(NETWORKS), ...Object.keys(REFUSED)].sort());
});

describe.each(Object.entries(FORMS))('%s', (name, { to, definition, shape = IMAGES, note }) => {
  test.each(filesOf(name))('%s keeps its values, and has those of the definition where the exponentials overflow', async (file) => {
    const original = read(file);
    for (const inline of [false, true]) {
      const { model, report } = foldSoftPool(original, { inline });
      expect(report.map(({ action, to: what }) => [action, what])).toEqual([['folded', to]]);
      const [reason = '', operators] = report[0]?.reason.split('; written as operators: ') ?? [];
      expect(reason).toMatch(note ?? /^same values$/);
      const ir = original[1] ?? 0; // the first field of a model
      expect(operators).toBe(inline || ir >= 8 ? undefined : `models of IR version ${ir} have no functions`);
      expect(inspectPooling(model).filter(({ kind }) => kind === 'average' || kind === 'globalAverage')).toEqual([]);
      const x = numbers(shape, 3);
      expectClose(await run(model, x), await run(original, x));
      if (name === 'half') continue; // of float16: not of these magnitudes
      const large = numbers(shape, 1e4);
      const overflowed = (await run(original, large)).data.some(Number.isNaN);
      expect(overflowed).toBe(!NEVER_NAN.test(name));
      expectClose(await run(model, large), definition(large));
    }
  });
});

describe.each(Object.entries(NETWORKS))('%s', (name, { poolings, shape }) => {
  test.each(filesOf(name))('%s keeps its outputs, and has numbers for large inputs', async (file) => {
    const original = read(file);
    const { model, report } = foldSoftPool(original);
    expect(report.map(({ to }) => to)).toEqual(poolings);
    const x = numbers(shape, 3);
    expectClose(await run(model, x), await run(original, x));
    const large = numbers(shape, 1e4);
    expect((await run(original, large)).data.some(Number.isNaN)).toBe(true);
    expect((await run(model, large)).data.every(Number.isFinite)).toBe(true);
  });
});

describe.each(Object.entries(REFUSED))('%s', (name, reason) => {
  test.each(filesOf(name))('%s is refused, and stays as it is', async (file) => {
    const { model, report } = foldSoftPool(read(file));
    expect(report).toMatchObject([{ action: 'refused', to: '', removed: [], reason: expect.stringMatching(reason) }]);
    const x = numbers(IMAGES, 3);
    expect((await run(model, x)).data).toEqual((await run(read(file), x)).data);
  });
});

/** Numbers between −magnitude and magnitude. */
function numbers(shape: readonly number[], magnitude: number): Tensor<Float32Array> {
  const length = shape.reduce((product, size) => product * size, 1);
  return { data: Float32Array.from({ length }, (_, i) => magnitude * Math.sin(i * i * 0.37)), shape: [...shape] };
}

async function run(model: Uint8Array, x: Tensor): Promise<Tensor<Float32Array>> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const { y } = await session.run({ x: new ort.Tensor('float32', x.data as Float32Array, [...x.shape]) });
  await session.release();
  if (y === undefined) throw new Error('the model has no output y');
  return { data: y.data as Float32Array, shape: [...y.dims] };
}

/** Throws unless values differ by at most 1e-5 of the largest: of |y|, which the range bounds. */
function expectClose(y: Tensor, expected: Tensor): void {
  expect(y.shape).toEqual(expected.shape);
  const values = Array.from(expected.data);
  const scale = Math.max(1, ...values.map(Math.abs));
  const off = Math.max(...values.map((value, i) => Math.abs(value - Number(y.data[i]))));
  expect(off / scale).toBeLessThan(1e-5);
}

function mapped(x: Tensor, map: (value: number) => number): Tensor {
  return { ...x, data: Float64Array.from(x.data, map) };
}

/** x with zeros before and after each of its two spatial axes. */
function withZeros({ data, shape }: Tensor, before: number, after: number): Tensor {
  const [batch = 1, channels = 1, height = 1, width = 1] = shape;
  const [h, w] = [height + before + after, width + before + after];
  const padded = new Float64Array(batch * channels * h * w);
  for (let plane = 0; plane < batch * channels; plane++) {
    for (let i = 0; i < height * width; i++) {
      const [row, column] = [Math.floor(i / width), i % width];
      padded[(plane * h + row + before) * w + column + before] = Number(data[plane * height * width + i]);
    }
  }
  return { data: padded, shape: [batch, channels, h, w] };
}
