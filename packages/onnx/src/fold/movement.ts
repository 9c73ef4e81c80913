/** Operators that only move elements, as maps from positions of the output to the input's. */
import type { NodeProto } from 'onnx-buf';
import { product } from 'softpool/internal';
import { attributeOf, integerOf, integersOf, textOf } from '../graph/attributes.ts';
import type { Numbers } from './tensor-numbers.ts';
import { checkedSize, firstNumbers } from './trial-value.ts';

/** An output, and for each of its elements the position in the input; −1 where a pad fills in. */
export interface Moved {
  readonly shape: readonly number[];
  readonly source: Int32Array;
  /** Where a Slice is to cut that the input does not reach. */
  readonly beyond?: readonly Beyond[];
}

/** A cut beyond an input. */
interface Beyond {
  readonly axis: number;
  readonly at: number;
  readonly size: number;
}

/** The numbers of an input that steers the movement; `undefined` if it is left out. */
export type Parameter = (input: number) => Numbers | undefined;

/** Operators that {@link moved} knows. The first input is moved, the others say how. */
export const MOVEMENTS: ReadonlySet<string> = new Set([
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Slice',
  'Gather',
  'Pad',
  'Expand',
  'Split',
]);

/**
 * Where the elements of an output come from; `undefined` if the node's numbers do not fit. Throws
 * if they are too many.
 */
export function moved(node: NodeProto, shape: readonly number[], given: Parameter, output: number): Moved | undefined {
  const parameter = listed(given);
  const rank = shape.length;
  const axis = (value: number, of = rank): number => (value < 0 ? value + of : value);
  const kept = (to: readonly number[] | undefined): Moved | undefined =>
    to !== undefined && checkedSize(to) === product(shape) ? { shape: to, source: firstNumbers(product(shape)) } : undefined;
  switch (node.opType) {
    case 'Reshape':
      return kept(reshaped(shape, parameter(1) ?? [], integerOf(node, 'allowzero', 0) !== 0));
    case 'Flatten': {
      const at = axis(integerOf(node, 'axis', 1));
      return kept([product(shape.slice(0, at)), product(shape.slice(at))]);
    }
    case 'Squeeze': {
      const axes = (integersOf(node, 'axes') ?? parameter(1))?.map((each) => axis(each));
      return kept(shape.filter((size, at) => (axes === undefined ? size !== 1 : !axes.includes(at))));
    }
    case 'Unsqueeze': {
      const list = integersOf(node, 'axes') ?? parameter(1) ?? [];
      const axes = new Set(list.map((each) => axis(each, rank + list.length)));
      const rest = shape.values();
      return kept(Array.from({ length: rank + list.length }, (_, at) => (axes.has(at) ? 1 : (rest.next().value ?? 1))));
    }
    case 'Transpose': {
      const perm = integersOf(node, 'perm') ?? shape.map((_, at) => rank - 1 - at);
      const strides = stridesOf(shape);
      return strided(
        perm.map((at) => shape[at] ?? 1),
        perm.map((at) => strides[at] ?? 0),
      );
    }
    case 'Slice':
      return sliced(shape, parameter);
    case 'Gather': {
      const at = axis(integerOf(node, 'axis', 0));
      return gathered(shape, at, given(1));
    }
    case 'Split': {
      const at = axis(integerOf(node, 'axis', 0));
      const size = shape[at] ?? 0;
      const sizes = integersOf(node, 'split') ?? parameter(1) ?? evenly(size, node.output.length);
      if (sizes.reduce((sum, each) => sum + each, 0) !== size) return undefined;
      const start = sizes.slice(0, output).reduce((sum, each) => sum + each, 0);
      return along(
        shape,
        at,
        Array.from({ length: sizes[output] ?? 0 }, (_, i) => start + i),
      );
    }
    case 'Expand':
      return expanded(shape, parameter(1) ?? []);
    case 'Pad':
      return padded(node, shape, given);
    default:
      return undefined;
  }
}

/** The pads of a Pad before and after each axis, if it fills with a constant. */
export function padsOf(node: NodeProto, rank: number, parameters: Parameter): readonly (readonly [number, number])[] | undefined {
  const parameter = listed(parameters);
  const given = integersOf(node, 'pads') ?? parameter(1);
  if (textOf(node, 'mode', 'constant') !== 'constant' || given === undefined) return undefined;
  const axes = parameter(3)?.map((each) => (each < 0 ? each + rank : each)) ?? Array.from({ length: rank }, (_, at) => at);
  if (given.length !== 2 * axes.length) return undefined;
  return Array.from({ length: rank }, (_, at) => {
    const i = axes.indexOf(at);
    return i < 0 ? ([0, 0] as const) : ([given[i] ?? 0, given[axes.length + i] ?? 0] as const);
  });
}

/** The number that a Pad fills in; `undefined` if it is not a constant. */
export function padValueOf(node: NodeProto, parameter: Parameter): number | undefined {
  const named = attributeOf(node, 'value');
  if (named !== undefined) return named.f;
  if ((node.input[2] ?? '') === '') return 0;
  return parameter(2)?.data[0];
}

type ListOf = (input: number) => readonly number[] | undefined;

function listed(parameter: Parameter): ListOf {
  return (input) => {
    const found = parameter(input);
    return found && Array.from(found.data);
  };
}

/** The distance between neighbors along each axis. */
function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, at) => product(shape.slice(at + 1)));
}

function reshaped(shape: readonly number[], target: readonly number[], allowZero: boolean): number[] | undefined {
  const sizes = target.map((size, at) => (size === 0 && !allowZero ? (shape[at] ?? 0) : size));
  const open = sizes.indexOf(-1);
  if (open < 0) return sizes;
  const known = product(sizes.filter((_, at) => at !== open));
  const rest = product(shape) / known;
  return Number.isInteger(rest) ? sizes.map((size, at) => (at === open ? rest : size)) : undefined;
}

function strided(shape: readonly number[], strides: readonly number[], from = 0): Moved {
  checkedSize(shape);
  let source = Int32Array.of(from);
  for (const [at, size] of shape.entries()) {
    const next = new Int32Array(source.length * size);
    for (let i = 0, to = 0; i < source.length; i++) {
      for (let k = 0; k < size; k++) next[to++] = (source[i] as number) + k * (strides[at] as number);
    }
    source = next;
  }
  return { shape, source };
}

/** Picks positions along one axis. */
function along(shape: readonly number[], at: number, picked: readonly number[]): Moved | undefined {
  const size = shape[at];
  if (size === undefined || picked.some((each) => each < 0 || each >= size)) return undefined;
  const inner = product(shape.slice(at + 1));
  const outer = product(shape.slice(0, at));
  const to = shape.map((length, i) => (i === at ? picked.length : length));
  const source = new Int32Array(checkedSize(to));
  let next = 0;
  for (let o = 0; o < outer; o++) {
    for (const each of picked) for (let i = 0; i < inner; i++) source[next++] = (o * size + each) * inner + i;
  }
  return { shape: to, source };
}

function gathered(shape: readonly number[], at: number, indices: Numbers | undefined): Moved | undefined {
  const size = shape[at];
  if (size === undefined || indices === undefined) return undefined;
  const picked = along(
    shape,
    at,
    Array.from(indices.data, (each) => (each < 0 ? each + size : each)),
  );
  return picked && { ...picked, shape: [...shape.slice(0, at), ...indices.shape, ...shape.slice(at + 1)] };
}

function sliced(shape: readonly number[], parameter: ListOf): Moved | undefined {
  const [starts, ends] = [parameter(1), parameter(2)];
  if (starts === undefined || ends === undefined) return undefined;
  const axes = parameter(3) ?? starts.map((_, i) => i);
  let result: Moved | undefined = strided(shape, stridesOf(shape));
  const beyond: Beyond[] = [];
  for (const [i, given] of axes.entries()) {
    const at = given < 0 ? given + shape.length : given;
    const size = shape[at] ?? 0;
    const step = parameter(4)?.[i] ?? 1;
    const clamped = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value < 0 ? value + size : value));
    const forward = step > 0;
    const start = clamped(starts[i] ?? 0, 0, forward ? size : size - 1);
    const end = clamped(ends[i] ?? 0, forward ? 0 : -1, size);
    const length = Math.max(0, Math.ceil((end - start) / step));
    if (result === undefined) return undefined;
    for (const cut of [starts[i] ?? 0, ends[i] ?? 0]) if (cut > size || cut < -size) beyond.push({ axis: at, at: cut, size });
    const next = along(
      result.shape,
      at,
      Array.from({ length }, (_, k) => start + k * step),
    );
    result = next && { shape: next.shape, source: composed(result.source, next.source) };
  }
  return result && { ...result, beyond };
}

function composed(first: Int32Array, second: Int32Array): Int32Array {
  return second.map((at) => first[at] as number);
}

function expanded(shape: readonly number[], target: readonly number[]): Moved | undefined {
  const rank = Math.max(shape.length, target.length);
  const [from, to] = [shape, target].map((sizes) => [...Array.from({ length: rank - sizes.length }, () => 1), ...sizes]) as [
    number[],
    number[],
  ];
  if (from.some((size, at) => size !== 1 && to[at] !== 1 && to[at] !== size)) return undefined;
  const strides = stridesOf(from);
  return strided(
    from.map((size, at) => (size === 1 ? (to[at] ?? 1) : size)),
    strides.map((stride, at) => (from[at] === 1 ? 0 : stride)),
  );
}

function padded(node: NodeProto, shape: readonly number[], parameter: Parameter): Moved | undefined {
  const pads = padsOf(node, shape.length, parameter);
  if (pads === undefined) return undefined;
  const to = shape.map((size, at) => size + (pads[at]?.[0] ?? 0) + (pads[at]?.[1] ?? 0));
  if (to.some((size) => size < 0)) return undefined;
  const strides = stridesOf(shape);
  const outer = stridesOf(to);
  const source = new Int32Array(checkedSize(to));
  for (let i = 0; i < source.length; i++) {
    let position = 0;
    for (const [at, size] of shape.entries()) {
      const k = (Math.floor(i / (outer[at] as number)) % (to[at] as number)) - (pads[at]?.[0] ?? 0);
      if (k < 0 || k >= size) {
        position = -1;
        break;
      }
      position += k * (strides[at] as number);
    }
    source[i] = position;
  }
  return { shape: to, source };
}

function evenly(size: number, parts: number): number[] {
  const each = Math.ceil(size / parts);
  return Array.from({ length: parts }, (_, i) => Math.min(each, size - i * each));
}
