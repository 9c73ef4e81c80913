/** A `ZeroPadding2D` layer right before a pooling, as in ResNets: found, and made to do nothing. */
import type { PoolingChange, PoolingInfo, PoolingShape, ZerosBefore } from '@softpool/surgery';
import { type Config, isObject } from './config.ts';
import { nameOf, type Place, type Spelling } from './layer-tree.ts';

/** A layer of zero padding. */
export interface ZeroPadding {
  readonly path: string;
  readonly layer: Config;
  readonly zeros: ZerosBefore;
}

/** The layer whose output a pooling pools, if it is a `ZeroPadding2D`. */
export function zeroPaddingBefore(pooling: Place, spelling: Spelling): ZeroPadding | undefined {
  const { path, layer } = pooling;
  const calls = layer[spelling('inboundNodes')];
  const isSequential = calls === undefined;
  const { before, byName } = neighborsIn(pooling, spelling);
  const input = isSequential ? before.get(layer) : byName.get(onlyInput(calls) ?? '');
  if (input?.[spelling('className')] !== 'ZeroPadding2D') return undefined;
  const isFree = dataFormat(input, spelling) === dataFormat(layer, spelling) && (isSequential || isUsedOnce(input, pooling, spelling));
  const name = nameOf(input);
  return {
    path: path.slice(0, path.length - nameOf(layer).length) + name,
    layer: input,
    zeros: { name, around: isFree ? zerosAround(input) : undefined },
  };
}

/**
 * Sets the padding of a layer to zero. The layer stays in the model and does nothing.
 *
 * @param shape - The shape of its output before.
 */
export function removeZeros({ path, layer, zeros }: ZeroPadding, spelling: Spelling, shape: PoolingInfo['outputShape']): PoolingChange {
  const around = zeros.around ?? [];
  const firstAxis = dataFormat(layer, spelling) === spelling('channelsLast') ? 1 : 2;
  const withoutThem = (shape as PoolingShape | undefined)?.map((size, axis) => {
    const [before, after] = around[axis - firstAxis] ?? [0, 0];
    return typeof size === 'number' ? size - before - after : size;
  });
  layer.config = { ...(layer.config as Config), padding: around.map(() => [0, 0]) };
  return {
    index: undefined,
    name: zeros.name,
    path,
    type: 'ZeroPadding2D',
    action: 'replaced',
    before: `zeros ${around.map((pair) => pair.join('+')).join(' × ')}`,
    after: 'no zeros',
    reason: 'soft pooling would count them',
    outputShape: withoutThem,
  };
}

/** The name of the layer whose output is the only input of the only call. */
function onlyInput(calls: unknown): string | undefined {
  const [inputs, ...otherCalls] = Array.isArray(calls) ? calls : [];
  const [input, ...otherInputs] = Array.isArray(inputs) ? inputs : [];
  return otherCalls.length === 0 && otherInputs.length === 0 && Array.isArray(input) ? String(input[0]) : undefined;
}

/**
 * Whether a layer is called once and only one other call uses its output, which is not an output of
 * the model.
 */
function isUsedOnce(layer: Config, place: Place, spelling: Spelling): boolean {
  const uses = neighborsIn(place, spelling).uses.get(nameOf(layer));
  return uses === 1 && onlyInput(layer[spelling('inboundNodes')]) !== undefined;
}

/** The layers of one model, and how they are connected. */
interface Neighbors {
  /** The layer before each in the list. */
  readonly before: ReadonlyMap<Config, Config>;
  readonly byName: ReadonlyMap<string, Config>;
  /** How often each name occurs in calls and in the outputs of the model. */
  readonly uses: ReadonlyMap<string, number>;
}

/** Found once for a model, since each of thousands of poolings asks for them. */
const known = new WeakMap<readonly Config[], Neighbors>();

function neighborsIn({ siblings, container }: Place, spelling: Spelling): Neighbors {
  const found = known.get(siblings);
  if (found !== undefined) return found;
  const before = new Map<Config, Config>();
  const byName = new Map<string, Config>();
  const uses = new Map<string, number>();
  for (const [index, layer] of siblings.entries()) {
    const previous = siblings[index - 1];
    if (previous !== undefined && !before.has(layer)) before.set(layer, previous);
    if (!byName.has(nameOf(layer))) byName.set(nameOf(layer), layer);
    countTexts(layer[spelling('inboundNodes')], uses);
  }
  countTexts(container[spelling('outputLayers')], uses);
  const neighbors = { before, byName, uses };
  known.set(siblings, neighbors);
  return neighbors;
}

/** Counts the texts in nested lists and objects. */
function countTexts(value: unknown, counts: Map<string, number>): void {
  if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + 1);
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) countTexts(each, counts);
}

function dataFormat({ config }: Config, spelling: Spelling): unknown {
  return (isObject(config) ? config[spelling('dataFormat')] : undefined) ?? spelling('channelsLast');
}

/** The padding, which is given as one number, one per axis, or before and after each axis. */
function zerosAround({ config }: Config): [number, number][] | undefined {
  const given = (isObject(config) ? config.padding : undefined) ?? 1;
  const perAxis = Array.isArray(given) ? given : [given, given];
  const around = perAxis.map((axis) => (Array.isArray(axis) ? axis : [axis, axis]));
  const isPlain = around.length === 2 && around.every((pair) => pair.length === 2 && pair.every(Number.isInteger));
  return isPlain ? (around as [number, number][]) : undefined;
}
