/**
 * Follows elements through a graph: for an input of some size, it computes what the operators that
 * only move elements do with their positions, and the integers that steer them. So windows that are
 * gathered by Unfold, slices, reshapes and the like are found without knowing how they are written.
 *
 * A value is an array of numbers, or of positions: of the input's elements (`'input'`), of their
 * weights (`'weight'`), or of products of both (`'product'`). Zeros padded to the input are counted
 * elements; where zeros are padded to weights or products, there is no element.
 */
import type { NodeProto } from 'onnx-buf';
import { TensorProto_DataType } from 'onnx-buf';
import { attributeOf, integerOf } from '../graph/attributes.ts';
import { type GraphValues, isStandard } from './graph-values.ts';
import { MOVEMENTS, moved, type Parameter, padValueOf, product } from './movement.ts';
import { axesOf, isReduction, keepsAxes } from './reductions.ts';
import { type Numbers, numbersOf } from './tensor-numbers.ts';

/** A padded zero among positions. */
export const ZERO = -1;

/** No element. */
export const ABSENT = -2;

/** A value for one size of the input. */
export interface TrialValue {
  readonly kind: 'numbers' | 'input' | 'weight' | 'product';
  readonly shape: readonly number[];
  readonly data: Int32Array | readonly number[];
  /** Which elements share a softmax, for weights that are divided by their sum. */
  readonly groups?: Int32Array | undefined;
}

/** Padding of this or less, which stable forms have, has no weight beside any input. */
const WEIGHTLESS = -1e4;

/** Why an element cannot be followed. */
export class NotFollowed extends Error {}

/** The most elements of a value. */
const MOST_ELEMENTS = 2 ** 24;

/** Makes a function that computes values for an input `base` of this shape. */
export function trialOf(graph: GraphValues, opset: number, base: string, shape: readonly number[]): (name: string) => TrialValue {
  const input: TrialValue = { kind: 'input', shape, data: Int32Array.from({ length: checkedSize(shape) }, (_, i) => i) };
  const found = new Map<string, TrialValue>([[base, input]]);
  const open = new Set<string>();
  const valueAt = (name: string): TrialValue => {
    const known = found.get(name);
    if (known !== undefined) return known;
    if (open.size > MOST_STEPS) throw new NotFollowed('its windows are gathered by too many operators');
    open.add(name);
    const value = computed({ graph, opset, base, valueAt }, name);
    open.delete(name);
    found.set(name, value);
    return value;
  };
  return valueAt;
}

/** The longest chain that is followed. */
const MOST_STEPS = 1000;

type ValueAt = (name: string) => TrialValue;

/** What a value is computed from. */
interface Trial {
  readonly graph: GraphValues;
  readonly opset: number;
  /** The pooled value. */
  readonly base: string;
  readonly valueAt: ValueAt;
}

function computed(trial: Trial, name: string): TrialValue {
  const { graph, opset, valueAt } = trial;
  const constant = graph.constantOf(name);
  if (constant !== undefined) {
    const numbers = numbersOf(constant);
    if (numbers === undefined) throw new NotFollowed(`the constant ${name} is in another file or too large`);
    return { kind: 'numbers', shape: numbers.shape, data: Array.from(numbers.data) };
  }
  const node = graph.producerOf(name);
  if (node === undefined || !isStandard(node)) throw new NotFollowed(`${name} does not come from the pooled value alone`);
  const { opType } = node;
  if (opType === 'Shape') return list(shapeOfValue(trial, node.input[0] ?? '').slice(...shapePart(node)));
  const operands = node.input.map((each) => (each === '' ? undefined : valueAt(each)));
  const [first] = operands;
  if (first === undefined) return withoutInputs(node);
  if (MOVEMENTS.has(opType)) return movedValue(node, first, operands, name);
  if (opType === 'Concat')
    return concatenated(
      node,
      operands.filter((each) => each !== undefined),
    );
  if (first.kind === 'numbers' && operands.every((each) => each?.kind === 'numbers')) return arithmetic(node, operands as TrialValue[]);
  return pooled(opset, node, operands, valueAt);
}

/**
 * The shape of a value. Operators on single elements do not change it; what is before the pooled
 * value, such as a ReLU, is not followed.
 */
function shapeOfValue({ graph, base, valueAt }: Trial, name: string): readonly number[] {
  let each = name;
  while (each !== base) {
    const node = graph.producerOf(each);
    if (node === undefined || !KEEP_SHAPE.has(node.opType)) break;
    each = node.input[0] ?? '';
  }
  return valueAt(each).shape;
}

const KEEP_SHAPE = new Set(['Exp', 'Relu', 'Clip', 'Identity', 'Cast', 'Neg', 'Abs', 'Sigmoid', 'Tanh', 'LeakyRelu']);

function shapePart(node: NodeProto): [number, number?] {
  const end = attributeOf(node, 'end');
  return [integerOf(node, 'start', 0), ...(end === undefined ? [] : [Number(end.i)])] as [number, number?];
}

function withoutInputs(node: NodeProto): TrialValue {
  const integers = attributeOf(node, 'value_ints')?.ints.map(Number);
  if (node.opType === 'Constant' && integers !== undefined) return list(integers);
  const integer = attributeOf(node, 'value_int');
  if (node.opType === 'Constant' && integer !== undefined) return { kind: 'numbers', shape: [], data: [Number(integer.i)] };
  throw new NotFollowed(`${node.opType} ${node.output[0] ?? ''} cannot be followed`);
}

function movedValue(node: NodeProto, value: TrialValue, operands: readonly (TrialValue | undefined)[], output: string): TrialValue {
  const parameter: Parameter = (input) => {
    const given = operands[input];
    if (given !== undefined && given.kind !== 'numbers') throw new NotFollowed(`${node.opType} ${output} moves elements by data`);
    return given as Numbers | undefined;
  };
  const result = moved(node, value.shape, parameter, node.output.indexOf(output));
  if (result === undefined) throw new NotFollowed(`${node.opType} ${output} does not fit its input`);
  checkedSize(result.shape);
  let fill = 0;
  if (node.opType === 'Pad') {
    fill = padValueOf(node, parameter) ?? Number.NaN;
    const isKnown = value.kind === 'numbers' || fill === 0 || (value.kind === 'input' && fill <= WEIGHTLESS);
    if (!isKnown && result.source.includes(-1)) throw new NotFollowed(`Pad ${output} does not pad with zeros`);
  }
  if (value.kind === 'numbers') {
    return { ...value, shape: result.shape, data: Array.from(result.source, (at) => (at < 0 ? fill : (value.data[at] as number))) };
  }
  const outside = value.kind === 'input' && fill === 0 ? ZERO : ABSENT;
  const { data, groups } = value;
  return {
    kind: value.kind,
    shape: result.shape,
    data: result.source.map((at) => (at < 0 ? outside : (data[at] as number))),
    groups: groups && result.source.map((at) => (at < 0 ? ABSENT : (groups[at] as number))),
  };
}

function concatenated(node: NodeProto, operands: readonly TrialValue[]): TrialValue {
  const [first] = operands;
  if (first === undefined || operands.some(({ kind, groups }) => kind !== first.kind || groups !== undefined)) {
    throw new NotFollowed(`Concat ${node.output[0] ?? ''} joins values of different kinds`);
  }
  const rank = first.shape.length;
  const axis = (integerOf(node, 'axis', 0) + rank) % rank;
  if (operands.some(({ shape }) => shape.length !== rank || shape.some((size, at) => at !== axis && size !== first.shape[at]))) {
    throw new NotFollowed(`Concat ${node.output[0] ?? ''} does not fit its inputs`);
  }
  const sizes = operands.map(({ shape }) => product(shape.slice(axis)));
  const shape = first.shape.map((size, at) => (at === axis ? operands.reduce((sum, each) => sum + (each.shape[at] ?? 0), 0) : size));
  const data: number[] | Int32Array = first.kind === 'numbers' ? [] : new Int32Array(checkedSize(shape));
  let to = 0;
  for (let outer = 0; outer < product(shape.slice(0, axis)); outer++) {
    for (const [i, each] of operands.entries()) {
      const size = sizes[i] ?? 0;
      for (let k = 0; k < size; k++) data[to++] = each.data[outer * size + k] as number;
    }
  }
  return { kind: first.kind, shape, data };
}

function arithmetic(node: NodeProto, operands: readonly TrialValue[]): TrialValue {
  const [a, b, c] = operands as [TrialValue, TrialValue | undefined, TrialValue | undefined];
  const { opType } = node;
  if (opType === 'Identity') return a;
  if (opType === 'Cast')
    return integerOf(node, 'to', 0) === TensorProto_DataType.INT64 ? { ...a, data: Array.from(a.data, Math.trunc) } : a;
  if (opType === 'Floor') return { ...a, data: Array.from(a.data, Math.floor) };
  if (opType === 'ConstantOfShape') {
    const value = attributeOf(node, 'value')?.t;
    const fill = value === undefined ? 0 : (numbersOf(value)?.data[0] ?? 0);
    const shape = Array.from(a.data);
    return { kind: 'numbers', shape, data: Array.from({ length: checkedSize(shape) }, () => fill) };
  }
  if (opType === 'Range' && b !== undefined && c !== undefined) {
    const [start = 0, limit = 0, step = 1] = [a.data[0], b.data[0], c.data[0]];
    return list(Array.from({ length: Math.max(0, Math.ceil((limit - start) / step)) }, (_, i) => start + i * step));
  }
  const operation = OPERATIONS.get(opType);
  if (operation === undefined || b === undefined) throw new NotFollowed(`${opType} ${node.output[0] ?? ''} cannot be followed`);
  return broadcast(a, b, operation);
}

/** Integers divide towards zero; the sizes that are divided here are integers. */
const OPERATIONS: ReadonlyMap<string, (a: number, b: number) => number> = new Map([
  ['Add', (a: number, b: number) => a + b],
  ['Sub', (a: number, b: number) => a - b],
  ['Mul', (a: number, b: number) => a * b],
  ['Div', (a: number, b: number) => Math.trunc(a / b)],
  ['Min', Math.min],
  ['Max', Math.max],
]);

function broadcast(a: TrialValue, b: TrialValue, operation: (a: number, b: number) => number): TrialValue {
  const rank = Math.max(a.shape.length, b.shape.length);
  const full = ({ shape }: TrialValue): number[] => [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
  const [ours, theirs] = [full(a), full(b)];
  const shape = ours.map((size, at) => (size === 1 ? (theirs[at] ?? 1) : size));
  const at = (sizes: readonly number[], index: readonly number[]): number =>
    sizes.reduce((position, size, axis) => position * size + (size === 1 ? 0 : (index[axis] ?? 0)), 0);
  const data = Array.from({ length: checkedSize(shape) }, (_, i) => {
    const index = shape.map((size, axis) => Math.floor(i / product(shape.slice(axis + 1))) % size);
    return operation(a.data[at(ours, index)] as number, b.data[at(theirs, index)] as number);
  });
  return { kind: 'numbers', shape, data };
}

/** Operators on the pooled elements and their weights. */
function pooled(opset: number, node: NodeProto, operands: readonly (TrialValue | undefined)[], valueAt: ValueAt): TrialValue {
  const { opType } = node;
  const followed = operands.filter((each): each is TrialValue => each !== undefined && each.kind !== 'numbers');
  const [a, b] = followed as [TrialValue, TrialValue | undefined];
  if (opType === 'Exp' && a.kind === 'input') return { ...a, kind: 'weight' };
  if (opType === 'Softmax' && a.kind === 'input')
    return { ...a, kind: 'weight', groups: groupsOf(a.shape, softmaxAxes(node, a.shape.length, opset)) };
  if (opType === 'Div' && b !== undefined && a.kind === 'weight' && b.groups !== undefined) return { ...a, groups: b.groups };
  if (opType === 'Mul' && b !== undefined) return productOf(node, a, b);
  if (isReduction(node) && a.kind === 'weight') {
    // Only as the divisor of the same weights, which is a softmax in two steps.
    const axes = axesOf(node, a.shape.length, (name) => Array.from(valueAt(name).data));
    if (axes !== undefined && keepsAxes(node)) return { ...a, groups: groupsOf(a.shape, axes) };
  }
  if (b === undefined && PASSES.has(opType)) return a;
  throw new NotFollowed(`${opType} ${node.output[0] ?? ''} cannot be followed`);
}

/** Operators that keep elements in their places. Others look at what they do to the numbers. */
const PASSES = new Set(['Identity', 'Cast', 'Mul', 'Div', 'Add', 'Sub', 'Clip', 'Max', 'Min']);

/** Softmax before opset 13 took all axes from its axis on. */
function softmaxAxes(node: NodeProto, rank: number, opset: number): number[] {
  const given = integerOf(node, 'axis', opset < 13 ? 1 : -1);
  const axis = given < 0 ? given + rank : given;
  return opset < 13 ? Array.from({ length: rank - axis }, (_, i) => axis + i) : [axis];
}

/** For each element, a number that it shares with those that differ along `axes` only. */
export function groupsOf(shape: readonly number[], axes: readonly number[]): Int32Array {
  let groups = new Int32Array(1);
  for (const [at, size] of shape.entries()) {
    const isJoined = axes.includes(at);
    const next = new Int32Array(groups.length * size);
    for (let i = 0, to = 0; i < groups.length; i++) {
      for (let k = 0; k < size; k++) next[to++] = isJoined ? (groups[i] as number) : (groups[i] as number) * size + k;
    }
    groups = next;
  }
  return groups;
}

function productOf(node: NodeProto, a: TrialValue, b: TrialValue): TrialValue {
  const [x, weight] = a.kind === 'input' ? [a, b] : [b, a];
  const name = node.output[0] ?? '';
  if (x.kind !== 'input' || weight.kind !== 'weight') throw new NotFollowed(`Mul ${name} does not multiply inputs by their weights`);
  const fits = x.shape.length === weight.shape.length && x.shape.every((size, at) => size === weight.shape[at]);
  if (!fits) throw new NotFollowed(`Mul ${name} multiplies inputs by weights of another shape`);
  const isSame = weight.data.every((position: number, i: number) => position === ABSENT || position === x.data[i]);
  if (!isSame) throw new NotFollowed(`Mul ${name} multiplies inputs by weights of other inputs`);
  return { ...weight, kind: 'product' };
}

function list(data: readonly number[]): TrialValue {
  return { kind: 'numbers', shape: [data.length], data };
}

function checkedSize(shape: readonly number[]): number {
  const size = product(shape);
  if (size <= MOST_ELEMENTS && Number.isInteger(size)) return size;
  throw new NotFollowed(`its windows have more than ${MOST_ELEMENTS} elements`);
}
