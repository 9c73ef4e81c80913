/**
 * The problems of recent calls. A network makes the same few calls again and again; on small tensors, to check the options and to derive
 * every window once more would take many times as long as to pool.
 */
import type { Problem } from './calls.ts';
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
  /** The options' names and, as copies that the caller cannot change, their values. */
  readonly names: readonly string[];
  readonly values: readonly unknown[];
}

const recent: Recent[] = [];

/** Where the next one goes when there is no more room, and where the last one was found. */
let oldest = 0;
let latest = 0;

/** An earlier call that passed every check and differed in nothing but the numbers (and maybe dy, which is the caller's to compare). */
export function recall(call: string, x: Tensor, options: object): RecentCall | undefined {
  if (!isPlain(options)) return undefined;
  const last = recent[latest];
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
  const like = { ...x, data: emptyLike(x.data, 0), shape: [...x.shape] };
  latest = recent.length < MOST ? recent.length : oldest;
  recent[latest] = { ...call, like, names: Object.keys(options), values: Object.values(options).map(copyOf) };
  oldest = (latest + 1) % MOST;
}

/** Only of a plain object are all options among its own enumerable properties, by which calls are compared. */
function isPlain(options: unknown): options is Record<string, unknown> {
  return typeof options === 'object' && options !== null && Object.getPrototypeOf(options) === Object.prototype;
}

function isCall({ call, like, names, values }: Recent, name: string, x: Tensor, options: Record<string, unknown>): boolean {
  if (call !== name || !isLike(x, like, like.shape)) return false;
  let i = 0;
  for (const option in options) {
    if (option !== names[i] || !isSame(options[option], values[i])) return false;
    i++;
  }
  return i === names.length;
}

/** Equal primitives, or lists of them, as deep as padding is. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return !Array.isArray(a); // a list can have been changed since
  return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((entry, i) => isSame(entry, b[i]));
}

function copyOf(value: unknown): unknown {
  return Array.isArray(value) ? value.map(copyOf) : value;
}
