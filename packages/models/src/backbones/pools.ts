/**
 * The pools of the networks. Each position has the original network's window and the one that
 * replaces it where the pool becomes soft: as in the paper's code, or by analogy for networks it
 * lacks.
 *
 * Average pools that replace max pools have the soft ones' windows, so that only the operator
 * differs.
 */
import { globalSoftPooling2d, globalSoftPooling3d, softPooling2d, softPooling3d } from '@softpool/tfjs';
import * as tfl from '@tensorflow/tfjs-layers';
import { product } from 'softpool/internal';
import { adaptivePooling2d } from './layers/adaptive-pooling.ts';
import { at, everyAxis, type Features, type Parts, type PerAxis, spatialOf } from './parts.ts';

/** The pooling options of a network. */
export interface Pooling {
  readonly pool: 'soft' | 'max' | 'average';
  readonly positions: 'paper' | 'all';
  readonly beta: number;
  readonly weights: 'perChannel' | 'shared';
  readonly gradient: 'weights' | 'exact';
}

/** A window of the original network. */
interface OriginalWindow {
  readonly kind: 'max' | 'average';
  readonly size: PerAxis;
  readonly stride: PerAxis;
  /** Zeros before and after each axis; `'ceil'`: the last window may exceed the input. */
  readonly padding: number | 'ceil';
}

/** A window of SoftPool. */
interface SoftWindow {
  readonly size: PerAxis;
  readonly stride: PerAxis;
  /** Padding has no weight; `'ceil'`: the last window may exceed the input, as in PyTorch. */
  readonly padding: 'valid' | 'same' | 'ceil';
}

type FixedWindow = SoftWindow & { readonly padding: 'valid' | 'same' };

/** A place where a network pools. */
export interface Position {
  readonly original: OriginalWindow;
  readonly soft: SoftWindow;
  /** The `positions` option that replaces it. Default `'paper'`. */
  readonly replacedIn?: 'paper' | 'all';
}

/** A pool of a network. */
export interface PoolReport {
  /** Name of the layer. */
  readonly layer: string;
  /** The original network's pool, as in `max 3×3/2`. */
  readonly original: string;
  /** This network's pool, as in `soft 2×2/2`. */
  readonly is: string;
}

/** Creates the pools of a network. */
export interface Pools {
  pool(name: string, x: Features, position: Position): Features;
  /**
   * Global average or soft pooling to [batch, channels]. `isOnly`: the network has no other pool.
   */
  global(name: string, x: Features, isOnly?: boolean): Features;
  /** Adaptive pooling to an output size, with PyTorch's bins. */
  adaptive(name: string, x: Features, outputSize: readonly [number, number]): Features;
  /** The pools so far, in order. */
  readonly reports: readonly PoolReport[];
}

/** Returns the pool factory of a network. */
export function poolsOf(parts: Parts, { pool: kind, positions, beta, weights, gradient }: Pooling): Pools {
  const reports: PoolReport[] = [];
  const operator = { beta, weights, gradient };
  const isReplaced = (replacedIn: 'paper' | 'all'): boolean => replacedIn === 'paper' || positions === 'all';

  return {
    reports,
    pool(name, x, { original, soft, replacedIn = 'paper' }) {
      const isOriginal = kind === 'max' || !isReplaced(replacedIn) || (kind === 'average' && original.kind === 'average');
      const from = windowText(original.kind, original, parts.dims);
      const to = windowText(kind, soft, parts.dims);
      reports.push({ layer: name, original: from, is: isOriginal ? from : to });
      if (isOriginal) return originalPool(parts, name, x, original);
      if (soft.padding === 'valid') parts.checkFit(name, x, soft.size, 0);
      const pooled = (input: Features, window: FixedWindow): Features =>
        kind === 'soft' ? softPool(parts, name, input, window, operator) : averageWithoutPadding(parts, name, input, window);
      const { padding } = soft;
      return padding === 'ceil' ? inCeilMode(parts, name, x, soft, pooled) : pooled(x, { ...soft, padding });
    },
    global(name, x, isOnly = false) {
      const isSoft = kind === 'soft' && isReplaced(isOnly ? 'paper' : 'all');
      reports.push({ layer: name, original: 'global average', is: isSoft ? 'global soft' : 'global average' });
      if (!isSoft) return globalAverage(parts, name, x);
      return parts.apply((parts.dims === 2 ? globalSoftPooling2d : globalSoftPooling3d)({ name, ...operator }), x);
    },
    adaptive(name, x, outputSize) {
      const isSoft = kind === 'soft' && isReplaced('all');
      const size = `to ${outputSize.join('×')}`;
      reports.push({ layer: name, original: `average ${size}`, is: `${isSoft ? 'soft' : 'average'} ${size}` });
      return parts.apply(adaptivePooling2d({ name, outputSize, ...(isSoft ? operator : { beta: 0 }) }), x);
    },
  };
}

type Operator = Pick<Pooling, 'beta' | 'weights' | 'gradient'>;

function softPool(parts: Parts, name: string, x: Features, { size, stride, padding }: FixedWindow, operator: Operator): Features {
  const args = { name, poolSize: everyAxis(size, parts.dims), strides: everyAxis(stride, parts.dims), padding, ...operator };
  // The arguments have as many axes as the layer.
  return parts.apply((parts.dims === 2 ? softPooling2d : softPooling3d)(args as never), x);
}

/**
 * With padding, SoftPool with β = 0: the gradient of TensorFlow.js's average pool is wrong there.
 */
function averageWithoutPadding(parts: Parts, name: string, x: Features, window: FixedWindow): Features {
  if (window.padding === 'same') return softPool(parts, name, x, window, { beta: 0, weights: 'perChannel', gradient: 'weights' });
  return windowPool(parts, name, x, 'average', window.size, window.stride);
}

/**
 * Pools with the windows of ceil mode, which start at the first position. They are those of
 * `'same'` unless that needs another window at the end, with padding before the input. Then one
 * more position is added after the input, so that no padding comes before it, and the window at the
 * end is cut off.
 */
function inCeilMode(parts: Parts, name: string, x: Features, window: SoftWindow, pool: (x: Features, window: FixedWindow) => Features) {
  const more = spatialOf(x).map((length, axis) => {
    const stride = at(window.stride, axis);
    return Math.ceil(length / stride) - ceilWindows(length, at(window.size, axis), stride);
  });
  if (more.every((windows) => windows === 0)) return pool(x, { ...window, padding: 'same' });
  const isWhole = spatialOf(x).every((length, axis) => excessOf(length, at(window.size, axis), at(window.stride, axis)) === 0);
  if (isWhole) return pool(x, { ...window, padding: 'valid' });
  const pooled = pool(zerosAfter(parts, `${name}.pad`, x, more), { ...window, padding: 'same' });
  return parts.apply(tfl.layers.cropping2D({ name: `${name}.crop`, cropping: endsOf(more) }), pooled);
}

/**
 * Pools as torchvision does. Zeros do not affect a maximum, because inputs come from a ReLU;
 * averages count them, as in torchvision.
 */
function originalPool(parts: Parts, name: string, x: Features, { kind, size, stride, padding }: OriginalWindow): Features {
  if (padding === 'ceil') {
    const missing = spatialOf(x).map((length, axis) => excessOf(length, at(size, axis), at(stride, axis)));
    const padded = missing.some((zeros) => zeros > 0) ? zerosAfter(parts, `${name}.pad`, x, missing) : x;
    return windowPool(parts, name, padded, kind, size, stride);
  }
  parts.checkFit(name, x, size, padding);
  const padded = padding > 0 ? parts.zeros(`${name}.pad`, x, everyAxis(padding, parts.dims)) : x;
  return windowPool(parts, name, padded, kind, size, stride);
}

function windowPool(parts: Parts, name: string, x: Features, kind: 'max' | 'average', size: PerAxis, stride: PerAxis): Features {
  const args = { name, poolSize: everyAxis(size, parts.dims), strides: everyAxis(stride, parts.dims), padding: 'valid' } as never;
  const { averagePooling2d, averagePooling3d, maxPooling2d, maxPooling3d } = tfl.layers;
  const [pictures, clips] = kind === 'max' ? [maxPooling2d, maxPooling3d] : [averagePooling2d, averagePooling3d];
  return parts.apply(parts.dims === 2 ? pictures(args) : clips(args), x);
}

/** TensorFlow.js lacks global average pooling in 3-D, so positions are flattened to a sequence. */
function globalAverage(parts: Parts, name: string, x: Features): Features {
  if (parts.dims === 2) return parts.apply(tfl.layers.globalAveragePooling2d({ name }), x);
  const positions = product(spatialOf(x));
  const sequence = parts.apply(tfl.layers.reshape({ name: `${name}.positions`, targetShape: [positions, x.shape.at(-1) as number] }), x);
  return parts.apply(tfl.layers.globalAveragePooling1d({ name }), sequence);
}

/** How far the last window exceeds the input if the number of windows is rounded up. */
function excessOf(length: number, size: number, stride: number): number {
  return (ceilWindows(length, size, stride) - 1) * stride + size - length;
}

/** The number of windows, rounded up. */
function ceilWindows(length: number, size: number, stride: number): number {
  return 1 + Math.max(0, Math.ceil((length - size) / stride));
}

function zerosAfter(parts: Parts, name: string, x: Features, lengths: readonly number[]): Features {
  return parts.apply(tfl.layers.zeroPadding2d({ name, padding: endsOf(lengths) }), x);
}

/** Lengths after both axes, as layers take them. */
function endsOf([bottom = 0, right = 0]: readonly number[]): [[number, number], [number, number]] {
  return [
    [0, bottom],
    [0, right],
  ];
}

/** A window, as in `max 3×3/2`. */
function windowText(kind: string, { size, stride }: { readonly size: PerAxis; readonly stride: PerAxis }, dims: number): string {
  const strides = everyAxis(stride, dims);
  const isEqual = strides.every((step) => step === strides[0]);
  return `${kind} ${everyAxis(size, dims).join('×')}/${isEqual ? strides[0] : strides.join('×')}`;
}
