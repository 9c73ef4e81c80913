/**
 * The grid: problems in every geometry, layout, kind of weights and element type, on ordinary and
 * hostile inputs.
 */
import fc from 'fast-check';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type {
  DType,
  FloatArray,
  Gradient,
  Layout,
  Operator,
  OperatorOptions,
  PoolGeometry,
  PoolOptions,
  Tensor,
  Weights,
} from 'softpool/internal';
import { fromNumbers, product } from 'softpool/internal';
import { type Call, type Dims, geometryOf } from './backend.ts';
import { TOLERANCES } from './tolerances.ts';

/** How a tensor's elements are stored. */
export type Storage = 'Float64Array' | 'Float32Array' | 'Float16Array' | 'Uint16Array';

export const STORAGES: readonly Storage[] = ['Float64Array', 'Float32Array', 'Float16Array', 'Uint16Array'];

/** Whether this engine has such arrays; Node has Float16Array from version 24 on. */
export function isThere(storage: Storage): boolean {
  return storage in globalThis;
}

export function dtypeOfStorage(storage: Storage): DType {
  return storage === 'Float64Array' ? 'float64' : storage === 'Float32Array' ? 'float32' : 'float16';
}

/** A tensor of numbers, each rounded once. */
export function makeTensor(storage: Storage, shape: readonly number[], values: Float64Array): Tensor {
  const Constructor = (globalThis as unknown as Record<Storage, new (length: number) => FloatArray>)[storage];
  const data = fromNumbers(new Constructor(0), values, dtypeOfStorage(storage));
  return storage === 'Uint16Array' ? { data, shape, dtype: 'float16' } : { data, shape };
}

/** A call on a tensor. */
export interface Problem {
  /** What fast-check prints when a problem fails. */
  readonly [fc.toStringMethod]?: () => string;
  readonly call: Call;
  readonly geometry: PoolGeometry;
  readonly x: Tensor;
  readonly dy: Tensor;
}

/** The operator of a call's options. */
export function operatorOf({ options }: Call, gradient: Gradient): Operator {
  return { beta: options.beta ?? 1, weights: options.weights ?? 'perChannel', gradient };
}

type Random = () => number;

/** Makes a stream of numbers for an element type and a β. */
export type Distribution = (random: Random, dtype: DType, beta: number) => () => number;

/** The distributions of inputs. Infinities and NaN occur among normal numbers. */
export const DISTRIBUTIONS = {
  normal: (random) => () => normal(random),
  offset: (random) => () => 50 + normal(random),
  'image, 0 to 1, with flat regions': (random) => {
    let pixel = 0.5;
    return () => {
      if (random() < 0.4) pixel = Math.floor(random() * 256) / 255;
      return pixel;
    };
  },
  bytes: (random) => () => Math.floor(random() * 256),
  'mixed magnitudes': (random, dtype) => () => normal(random) * 10 ** (dtype === 'float16' ? 8 * random() - 4.5 : 60 * random() - 30),
  'the ends of the range': (random, dtype) => () => (random() < 0.5 ? -1 : 1) * TOLERANCES[dtype].largest,
  'near the ends of the range': (random, dtype) => () => (2 * random() - 1) * TOLERANCES[dtype].largest,
  subnormal: (random, dtype) => () => Math.floor(2000 * random() - 1000) * (dtype === 'float16' ? 2 ** -24 : TOLERANCES[dtype].spacing),
  equal: (random) => {
    const value = 100 * normal(random);
    return () => value;
  },
  'steep: |βx| up to 500': (random, dtype, beta) => () => (2 * random() - 1) * Math.min(500 / (beta || 1), TOLERANCES[dtype].largest),
  'a few −∞': (random) => () => (random() < 0.2 ? -Infinity : normal(random)),
  'mostly −∞': (random) => () => (random() < 0.9 ? -Infinity : normal(random)),
  'a few +∞': (random) => () => (random() < 0.1 ? Infinity : normal(random)),
  'a few NaN': (random) => () => (random() < 0.05 ? Number.NaN : normal(random)),
  'a mix of everything': (random, dtype) => () => {
    const kind = random();
    if (kind < 0.1)
      return [Number.NaN, Infinity, -Infinity, -0, TOLERANCES[dtype].largest, -TOLERANCES[dtype].largest][
        Math.floor(random() * 6)
      ] as number;
    return normal(random) * (kind < 0.2 ? 100 : 1);
  },
} satisfies Record<string, Distribution>;

export const FINITE: readonly (keyof typeof DISTRIBUTIONS)[] = [
  'normal',
  'offset',
  'image, 0 to 1, with flat regions',
  'bytes',
  'mixed magnitudes',
  'the ends of the range',
  'near the ends of the range',
  'subnormal',
  'equal',
  'steep: |βx| up to 500',
];

/** The distributions of dL/dy. */
const GRADIENTS = {
  normal: (random) => () => normal(random),
  ones: () => () => 1,
  'mostly 0': (random) => () => (random() < 0.8 ? 0 : normal(random)),
  'a few NaN': (random) => () => (random() < 0.05 ? Number.NaN : normal(random)),
  tiny: (random, dtype) => () => normal(random) * (dtype === 'float16' ? 2 ** -24 : TOLERANCES[dtype].spacing) * 2 ** (30 * random()),
  'near the ends of the range': (random, dtype) => () => (2 * random() - 1) * TOLERANCES[dtype].largest,
} satisfies Record<string, (random: Random, dtype: DType) => () => number>;

/** The name of a distribution of dL/dy. */
export type GradientDistribution = keyof typeof GRADIENTS;

export const GRADIENT_DISTRIBUTIONS = Object.keys(GRADIENTS) as GradientDistribution[];

const BETAS = [0, 1e-300, 1e-30, 0.5, 1, 4.44, 30, 1e30, 1e300];

/** The fixed properties of a part of the grid; the others are drawn. */
export interface Part {
  readonly dims?: Dims;
  readonly layout?: Layout;
  readonly weights?: Weights;
  readonly storage: Storage;
  readonly distributions?: readonly (keyof typeof DISTRIBUTIONS)[];
  readonly dyDistributions?: readonly GradientDistribution[];
}

/** Problems of up to a few hundred elements. */
export function problems(part: Part): fc.Arbitrary<Problem> {
  return fc
    .record({
      dims: part.dims ? fc.constant(part.dims) : fc.constantFrom<Dims>(1, 2, 3),
      layout: part.layout ? fc.constant(part.layout) : fc.constantFrom<Layout>('channelsFirst', 'channelsLast'),
      weights: part.weights ? fc.constant(part.weights) : fc.constantFrom<Weights>('perChannel', 'shared'),
      kind: fc.constantFrom('pool', 'pool', 'pool', 'pool', 'adaptive', 'global'),
      extents: fc.constantFrom('many channels', 'a long row', 'even'),
      batch: fc.constantFrom(undefined, 1, 2, 3),
      channels: fc.integer({ min: 1, max: 19 }),
      axes: fc.array(axisOptions, { minLength: 3, maxLength: 3 }),
      padding: fc.constantFrom('valid', 'same', 'a number', 'one per axis', 'both sides', 'both sides'),
      uniform: fc.boolean(),
      defaultStride: fc.boolean(),
      ceilMode: fc.boolean(),
      keepDims: fc.boolean(),
      beta: fc.constantFrom(...BETAS),
      distribution: fc.constantFrom(...(part.distributions ?? (Object.keys(DISTRIBUTIONS) as (keyof typeof DISTRIBUTIONS)[]))),
      dyDistribution: fc.constantFrom(...(part.dyDistributions ?? GRADIENT_DISTRIBUTIONS)),
      seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    })
    .map(({ dims, layout, weights, beta, distribution, dyDistribution, seed, ...drawn }): Problem | undefined => {
      const call = makeCall(dims, { layout, weights, beta }, drawn);
      const channels = drawn.extents === 'many channels' ? drawn.channels : 1 + (drawn.channels % 3);
      const spatial = sizes(call, drawn.axes, drawn.extents === 'a long row');
      const inner = layout === 'channelsFirst' ? [channels, ...spatial] : [...spatial, channels];
      const shape = drawn.batch === undefined ? inner : [drawn.batch, ...inner];
      return geometryOf(call, shape) && makeProblem(call, shape, part.storage, distribution, dyDistribution, seed);
    })
    .filter((problem) => problem !== undefined);
}

/** Makes a problem from its parts. */
export function makeProblem(
  call: Call,
  shape: readonly number[],
  storage: Storage,
  distribution: keyof typeof DISTRIBUTIONS,
  dyDistribution: GradientDistribution,
  seed: number,
): Problem {
  const geometry = geometryOf(call, shape);
  if (geometry === undefined) throw new Error(`no window fits: ${JSON.stringify({ ...call, shape })}`);
  const random = randomNumbers(seed);
  const next = DISTRIBUTIONS[distribution](random, dtypeOfStorage(storage), call.options.beta ?? 1);
  return {
    [fc.toStringMethod]: () => JSON.stringify({ ...call, shape, storage, x: distribution, dy: dyDistribution, seed }),
    call,
    geometry,
    x: makeTensor(storage, shape, fill(shape, next)),
    dy: makeTensor(storage, geometry.outputShape, fill(geometry.outputShape, GRADIENTS[dyDistribution](random, dtypeOfStorage(storage)))),
  };
}

interface AxisOptions {
  readonly kernelSize: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  readonly extra: number;
  readonly outputSize: number;
}

const axisOptions: fc.Arbitrary<AxisOptions> = fc.record({
  kernelSize: fc.constantFrom(1, 2, 2, 3, 3, 4, 5),
  stride: fc.integer({ min: 1, max: 4 }),
  dilation: fc.constantFrom(1, 1, 1, 2, 3),
  before: fc.integer({ min: 0, max: 4 }),
  after: fc.integer({ min: 0, max: 4 }),
  extra: fc.integer({ min: 0, max: 30 }),
  outputSize: fc.integer({ min: 1, max: 7 }),
});

interface Drawn {
  readonly kind: string;
  readonly axes: readonly AxisOptions[];
  readonly padding: string;
  /** The first axis' options for all axes. */
  readonly uniform: boolean;
  readonly defaultStride: boolean;
  readonly ceilMode: boolean;
  readonly keepDims: boolean;
  readonly batch: number | undefined;
}

function makeCall(dims: Dims, operator: OperatorOptions, { kind, axes: drawn, uniform, ...rest }: Drawn): Call {
  const axes = drawn.slice(0, dims).map((axis) => (uniform ? (drawn[0] as AxisOptions) : axis));
  return callOf(dims, operator, { kind, uniform, ...rest }, dims === 3 ? axes.map(smaller) : axes);
}

/** In 3-D the number of elements grows with the third power of an axis. */
function smaller(axis: AxisOptions): AxisOptions {
  return { ...axis, kernelSize: Math.min(3, axis.kernelSize), dilation: Math.min(2, axis.dilation) };
}

function callOf(
  dims: Dims,
  operator: OperatorOptions,
  { kind, uniform, ...rest }: Omit<Drawn, 'axes'>,
  axes: readonly AxisOptions[],
): Call {
  const perAxis = (name: 'kernelSize' | 'stride' | 'dilation' | 'outputSize') =>
    uniform ? (axes[0]?.[name] ?? 1) : axes.map((axis) => axis[name]);
  if (kind === 'adaptive') return { kind, dims, options: { ...operator, outputSize: perAxis('outputSize') } };
  if (kind === 'global') return { kind, dims, options: { ...operator, spatialDims: dims, keepDims: rest.keepDims } };
  const options: PoolOptions = {
    ...operator,
    kernelSize: perAxis('kernelSize'),
    stride: rest.defaultStride ? undefined : perAxis('stride'),
    dilation: perAxis('dilation'),
    padding: makePadding(rest.padding, axes),
    ceilMode: rest.ceilMode,
  };
  return { kind: 'pool', dims, options };
}

function makePadding(kind: string, axes: readonly AxisOptions[]): PoolOptions['padding'] {
  if (kind === 'valid' || kind === 'same') return kind;
  const least = ({ kernelSize, dilation }: AxisOptions, padding: number): number => Math.min(padding, (kernelSize - 1) * dilation);
  if (kind === 'a number') return Math.min(...axes.map((axis) => least(axis, axis.before)));
  if (kind === 'one per axis') return axes.map((axis) => least(axis, axis.before));
  return axes.map((axis) => [least(axis, axis.before), least(axis, axis.after)] as const);
}

/**
 * Spatial sizes that hold the window, with a few more elements along each axis, or up to 40 in all
 * along a long row.
 */
function sizes({ dims, kind, options }: Call, drawn: readonly AxisOptions[], longRow: boolean): number[] {
  return drawn.slice(0, dims).map((axis, i) => {
    const last = i === dims - 1;
    const extra = last && (longRow || dims === 1) ? axis.extra : axis.extra % (dims === 3 ? 3 : 5);
    if (kind !== 'pool') return 1 + extra;
    const of = (value: number | readonly number[] = 1): number => (typeof value === 'number' ? value : (value[i] as number));
    const window = (of(options.kernelSize) - 1) * of(options.dilation) + 1;
    if (options.padding === 'same') return 1 + extra;
    const entry = typeof options.padding === 'object' ? options.padding[i] : options.padding;
    // In ceil mode the last window may be less than a stride too large.
    const stride = of(options.stride ?? options.kernelSize);
    const missing = options.ceilMode && axis.outputSize === 1 ? axis.extra % stride : 0;
    const padding = typeof entry === 'object' ? entry[0] + entry[1] : typeof entry === 'number' ? 2 * entry : 0;
    return Math.max(1, window - padding - missing) + (missing > 0 ? 0 : extra);
  });
}

/** The numbers of a tensor of this shape. */
export function fill(shape: readonly number[], next: () => number): Float64Array {
  const values = new Float64Array(product(shape));
  for (let i = 0; i < values.length; i++) values[i] = next();
  return values;
}

/** Numbers from 0 to below 1, the same for the same seed. */
export function randomNumbers(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
