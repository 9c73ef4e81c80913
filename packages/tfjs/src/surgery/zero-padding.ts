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
  const { path, layer, siblings } = pooling;
  const calls = layer[spelling('inboundNodes')];
  const isSequential = calls === undefined;
  const input = isSequential ? siblings[siblings.indexOf(layer) - 1] : siblings.find((other) => nameOf(other) === onlyInput(calls));
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
    path,
    type: 'ZeroPadding2D',
    action: 'replaced',
    from: `zeros ${around.map((pair) => pair.join('+')).join(' × ')}`,
    to: 'no zeros',
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
function isUsedOnce(layer: Config, { siblings, container }: Place, spelling: Spelling): boolean {
  const calls = spelling('inboundNodes');
  const uses = mentions([...siblings.map((other) => other[calls]), container[spelling('outputLayers')]], nameOf(layer));
  return uses === 1 && onlyInput(layer[calls]) !== undefined;
}

/** How often a name occurs in nested lists and objects. */
function mentions(value: unknown, name: string): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + mentions(entry, name), 0);
  if (isObject(value)) return mentions(Object.values(value), name);
  return value === name ? 1 : 0;
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
