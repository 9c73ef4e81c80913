/** Resize and Upsample by the nearest element. */
import type { NodeProto } from 'onnx-buf';
import { textOf } from '../graph/attributes.ts';
import type { Moved, Parameter } from './movement.ts';
import { checkedSize } from './trial-value.ts';

/** Where the elements of an enlarged value come from; `undefined` if it is not by the nearest. */
export function enlarged(node: NodeProto, shape: readonly number[], parameter: Parameter): Moved | undefined {
  const isUpsample = node.opType === 'Upsample';
  const scales = numbers(parameter(isUpsample ? 1 : 2));
  const sizes = isUpsample ? undefined : numbers(parameter(3));
  if (textOf(node, 'mode', 'nearest') !== 'nearest') return undefined;
  const to = sizes?.length ? sizes : shape.map((size, axis) => Math.floor(size * (scales?.[axis] ?? Number.NaN)));
  if (to.length !== shape.length || to.some((size) => !(size > 0))) return undefined;
  const coordinate = COORDINATES.get(isUpsample ? 'asymmetric' : textOf(node, 'coordinate_transformation_mode', 'half_pixel'));
  const round = ROUNDINGS.get(isUpsample ? 'floor' : textOf(node, 'nearest_mode', 'round_prefer_floor'));
  if (coordinate === undefined || round === undefined) return undefined;
  checkedSize(to);
  const along = to.map((size, axis) => {
    const from = shape[axis] ?? 1;
    const scale = sizes?.length ? size / from : (scales?.[axis] ?? 1);
    return Array.from({ length: size }, (_, at) => Math.min(from - 1, Math.max(0, round(coordinate(at, scale)))));
  });
  const source = along.reduce(
    (positions, picked, axis) => positions.flatMap((position) => picked.map((at) => position * (shape[axis] ?? 1) + at)),
    [0],
  );
  return { shape: to, source: Int32Array.from(source) };
}

function numbers(given: ReturnType<Parameter>): number[] | undefined {
  return given && given.data.length > 0 ? Array.from(given.data) : undefined;
}

const COORDINATES: ReadonlyMap<string, (at: number, scale: number) => number> = new Map([
  ['asymmetric', (at: number, scale: number) => at / scale],
  ['half_pixel', (at: number, scale: number) => (at + 0.5) / scale - 0.5],
  ['pytorch_half_pixel', (at: number, scale: number) => (at + 0.5) / scale - 0.5],
]);

const ROUNDINGS: ReadonlyMap<string, (value: number) => number> = new Map([
  ['floor', Math.floor],
  ['ceil', Math.ceil],
  ['round_prefer_floor', (value: number) => Math.ceil(value - 0.5)],
  ['round_prefer_ceil', (value: number) => Math.floor(value + 0.5)],
]);
