/** Problems that are measured: poolings of tensors, their names, and the numbers in the tensors. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { type DType, type FloatArray, type Gradient, type Layout, type PoolOptions, poolGeometry, type Tensor } from 'softpool';
import { fromNumbers } from 'softpool/internal';

export type Dims = 2 | 3;

/** Windows with the same size along all axes, and options beyond them. */
export interface Window extends PoolOptions<1 | 2 | 3> {
  readonly kernelSize: number;
  readonly stride: number;
  readonly padding?: number;
  readonly dilation?: number;
}

export interface Problem {
  readonly dims: Dims;
  readonly window: Window;
  readonly layout: Layout;
  readonly dtype: DType;
  /** Forward, or backward with a gradient. */
  readonly pass: 'forward' | Gradient;
  /** In the order of the layout. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
}

/** What a problem has besides its shape and windows. Default: channelsFirst, float32, forward. */
export type Variant = Partial<Pick<Problem, 'layout' | 'dtype' | 'pass'>>;

/** A problem on a tensor. Its shape is in the order channelsFirst, whatever the layout. */
export function problemOf(shape: readonly number[], window: Window, variant: Variant = {}): Problem {
  const { layout = 'channelsFirst', dtype = 'float32', pass = 'forward' } = variant;
  const [batch = 1, channels = 1, ...spatial] = shape;
  const dims = spatial.length as Dims;
  const inputShape = layout === 'channelsFirst' ? shape : [batch, ...spatial, channels];
  const { outputShape } = poolGeometry(inputShape, { ...window, layout, spatialDims: dims });
  return { dims, window, layout, dtype, pass, inputShape, outputShape };
}

/** The calls of `softpool` on tensors of any kind. */
export type Calls<T, R> = {
  [Name in `softPool${Dims}d`]: (x: T, options: Window & { readonly into?: T | undefined }) => R;
} & {
  [Name in `softPool${Dims}dGrad`]: (x: T, dy: T, options: Window & { readonly into?: T | undefined; readonly gradient: Gradient }) => R;
};

/** SoftPool's call for a problem, with one object of options, as in a program that repeats it. */
export function callOf<T, R>(calls: Calls<T, R>, { dims, window, layout, pass }: Problem, into?: T): (x: T, dy: T) => R {
  const options = { ...window, layout, into };
  if (pass === 'forward') return (x) => calls[`softPool${dims}d`](x, options);
  const withGradient = { ...options, gradient: pass };
  return (x, dy) => calls[`softPool${dims}dGrad`](x, dy, withGradient);
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

export const bytesOf = (dtype: DType): number => ({ float16: 2, float32: 4, float64: 8 })[dtype];

/** As in `3×3/2 pad 1`. */
export function windowName(dims: Dims, { kernelSize, stride, padding = 0 }: Window): string {
  return `${Array(dims).fill(kernelSize).join('×')}/${stride}${padding === 0 ? '' : ` pad ${padding}`}`;
}

/** As in `2×2/2, [8,64,112,112]`, with the shape in the order channelsFirst. */
export function problemName({ dims, window, layout, inputShape }: Problem): string {
  const [batch, ...rest] = inputShape;
  const shape = layout === 'channelsFirst' ? inputShape : [batch, rest.at(-1), ...rest.slice(0, -1)];
  return `${windowName(dims, window)}, [${shape}]`;
}

const made = new Map<string, FloatArray>();

/** Normally distributed numbers, as activations are: the same for all tensors of a size. */
export function activations(shape: readonly number[]): Tensor<Float32Array> {
  return tensorOf(shape, 'float32') as Tensor<Float32Array>;
}

/** The same numbers in any element type. */
export function tensorOf(shape: readonly number[], dtype: DType): Tensor {
  const key = `${sizeOf(shape)} ${dtype}`;
  const data = made.get(key) ?? (dtype === 'float32' ? normalNumbers(sizeOf(shape)) : converted(activations(shape).data, dtype));
  made.set(key, data);
  return dtype === 'float16' ? { data, shape, dtype } : { data, shape };
}

function converted(numbers: Float32Array, dtype: DType): FloatArray {
  const values = Float64Array.from(numbers);
  return dtype === 'float64' ? values : fromNumbers(new Uint16Array(), values, dtype);
}

/** Box and Muller's transform of uniform numbers. */
function normalNumbers(size: number): Float32Array {
  const random = xoroshiro128plus(1);
  const numbers = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(random)));
    numbers[i] = radius * Math.cos(2 * Math.PI * uniformFloat64(random));
  }
  return numbers;
}
