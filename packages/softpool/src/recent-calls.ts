/**
 * The problems of recent calls. A network makes the same few calls again and again; on small tensors, to check the options and to derive
 * every window once more would take many times as long as to pool.
 */
import type { Problem } from './calls.ts';
import type { AdaptivePoolOptions, GlobalPoolOptions, GradientOptions, PoolOptions } from './options.ts';
import { emptyLike, isLike, type Tensor } from './tensor.ts';

/** More than a network has different pooling layers, so that none is forgotten before it comes round again. */
const MOST = 32;

/** Windows along all axes together, of which a remembered problem keeps a few numbers each. */
const MOST_WINDOWS = 2 ** 16;

interface RecentCall {
  readonly call: string;
  /** Whether it has a dy, which was checked too. */
  readonly gradient: boolean;
  readonly problem: Problem;
}

interface Recent extends RecentCall {
  /** A tensor of the same type and shape, without the elements. */
  readonly like: Tensor;
  /** The caller's own object; its options, lists copied so that the caller cannot change them; and how many they are: none is undefined. */
  readonly object: object;
  readonly options: Required<AnyOptions>;
  readonly count: number;
}

/** The options of all calls. */
type AnyOptions = Partial<Record<keyof PoolOptions | keyof AdaptivePoolOptions | keyof GlobalPoolOptions | keyof GradientOptions, unknown>>;

const recent: Recent[] = [];

/** Where the next one goes when there is no more room, and where the last one was found. */
let oldest = 0;
let latest = 0;

/** An earlier call that passed every check and differed in nothing but the numbers (and maybe dy, which is the caller's to compare). */
export function recall(call: string, x: Tensor, options: object): RecentCall | undefined {
  const last = recent[latest];
  // The object of the last call, as from a layer: its names were checked, and only its values are looked at.
  if (
    last !== undefined &&
    last.object === options &&
    last.call === call &&
    isLike(x, last.like, last.like.shape) &&
    hasOptions(options, last.options)
  )
    return last;
  if (!isPlain(options)) return undefined;
  if (last === undefined || isCall(last, call, x, options)) return last;
  latest = Math.max(
    0,
    recent.findIndex((entry) => isCall(entry, call, x, options)),
  );
  const found = recent[latest] as Recent;
  return isCall(found, call, x, options) ? found : undefined;
}

/** Keeps a call that has passed every check. */
export function remember(call: RecentCall, x: Tensor, options: object): void {
  const windows = call.problem.geometry.axes.reduce((sum, axis) => sum + axis.outputSize, 0);
  if (!isPlain(options) || windows > MOST_WINDOWS) return;
  const values = Object.values(options);
  if (values.includes(undefined)) return; // only the full check tells a name without a value from one that is missing
  const like = { ...x, data: emptyLike(x.data, 0), shape: [...x.shape] };
  latest = recent.length < MOST ? recent.length : oldest;
  recent[latest] = { ...call, like, object: options, options: copyOptions(options), count: values.length };
  oldest = (latest + 1) % MOST;
}

/** Only of a plain object are all options among its own enumerable properties, by which calls are compared. */
export function isPlain(options: unknown): options is AnyOptions {
  return typeof options === 'object' && options !== null && Object.getPrototypeOf(options) === Object.prototype;
}

function isCall({ call, like, options: own, count }: Recent, name: string, x: Tensor, options: AnyOptions): boolean {
  return call === name && isLike(x, like, like.shape) && hasOptions(options, own) && countOf(options) === count;
}

/** All options by name, also those that were not given: one kind of object, whose fields the engine finds without a search. */
function copyOptions(options: AnyOptions): Required<AnyOptions> {
  return {
    kernelSize: copyOf(options.kernelSize),
    stride: copyOf(options.stride),
    padding: copyOf(options.padding),
    dilation: copyOf(options.dilation),
    outputSize: copyOf(options.outputSize),
    ceilMode: options.ceilMode,
    layout: options.layout,
    weights: options.weights,
    beta: options.beta,
    gradient: options.gradient,
    spatialDims: options.spatialDims,
    keepDims: options.keepDims,
  };
}

/** By name, which takes a fourth of the time of a loop over them. */
function hasOptions(options: AnyOptions, own: Required<AnyOptions>): boolean {
  return (
    (options.kernelSize === own.kernelSize || isSameList(options.kernelSize, own.kernelSize)) &&
    (options.stride === own.stride || isSameList(options.stride, own.stride)) &&
    (options.padding === own.padding || isSameList(options.padding, own.padding)) &&
    (options.dilation === own.dilation || isSameList(options.dilation, own.dilation)) &&
    (options.outputSize === own.outputSize || isSameList(options.outputSize, own.outputSize)) &&
    options.ceilMode === own.ceilMode &&
    options.layout === own.layout &&
    options.weights === own.weights &&
    options.beta === own.beta &&
    options.gradient === own.gradient &&
    options.spatialDims === own.spatialDims &&
    options.keepDims === own.keepDims
  );
}

/** As many names as before, with what `hasOptions` knows among them, leave no room for one that it does not know. */
function countOf(options: AnyOptions): number {
  let count = 0;
  for (const _ in options) count++;
  return count;
}

/** Lists of equal numbers, as deep as padding is. */
function isSameList(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((entry, i) => entry === b[i] || isSameList(entry, b[i]));
}

/** A copy that is no object of the caller's, so that no list of theirs is ever equal to it but by its entries. */
function copyOf(value: unknown): unknown {
  return Array.isArray(value) ? value.map(copyOf) : value;
}
