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
import { product } from 'softpool/internal';
import { attributeOf, integerOf } from '../graph/attributes.ts';
import { isStandard } from '../graph/graph-values.ts';
import type { Comparisons } from './comparisons.ts';
import { KEEP_SHAPE } from './keep-shape.ts';
import { MOVEMENTS, moved, type Parameter, padValueOf } from './movement.ts';
import { enlarged } from './nearest.ts';
import { type Numbers, numbersOf } from './tensor-numbers.ts';
import { ABSENT, checkedSize, firstNumbers, NotFollowed, type Padding, spend, type Trial, type TrialValue, ZERO } from './trial-value.ts';
import { weighted } from './trial-weights.ts';

/** Padding of this or less, as stable forms have, has no weight if the exponent keeps it small. */
const WEIGHTLESS = -1e4;

/**
 * Makes a function that computes values for an input `base` of this shape, and notes in `compared`
 * what sizes are compared with.
 */
export function trialOf(
  { graph, opset, budget }: Pick<Trial, 'graph' | 'opset' | 'budget'>,
  base: string,
  shape: readonly number[],
  compared: Comparisons = new Map(),
): (name: string) => TrialValue {
  const input: TrialValue = { kind: 'input', shape, data: firstNumbers(checkedSize(shape)) };
  spend(budget, input.data.length);
  const found = new Map<string, TrialValue>([[base, input]]);
  const shifts = new Map<string, number>();
  const shiftOf = (key: string): number => {
    const known = shifts.get(key) ?? shifts.size;
    shifts.set(key, known);
    return known;
  };
  const failed = new Map<string, NotFollowed>();
  let depth = 0;
  const valueAt = (name: string): TrialValue => {
    const known = found.get(name) ?? failed.get(name);
    if (known instanceof NotFollowed) throw known;
    if (known !== undefined) return known;
    if (depth > MOST_STEPS) throw new TooDeep('its windows are gathered by too many operators');
    depth++;
    try {
      const value = computed({ graph, opset, budget, base, shape, valueAt, shiftOf, compared }, name);
      spend(budget, value.data.length);
      found.set(name, value);
      return value;
    } catch (error) {
      if (error instanceof NotFollowed && !(error instanceof TooDeep)) failed.set(name, error);
      throw error;
    } finally {
      depth--;
    }
  };
  return valueAt;
}

/** The chain is too long from where it began; from one of its values it may not be. */
class TooDeep extends NotFollowed {}

/** The longest chain that is followed. */
const MOST_STEPS = 1000;

function computed(trial: Trial, name: string): TrialValue {
  const { graph, valueAt } = trial;
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
  if (MOVEMENTS.has(opType)) return movedValue(trial, node, first, operands, name);
  if (opType === 'Concat')
    return concatenated(
      node,
      operands.filter((each) => each !== undefined),
    );
  if (first.kind === 'numbers' && operands.every((each) => each?.kind === 'numbers'))
    return numbersFrom(trial, node, operands as TrialValue[]);
  return first.kind === 'shift' && ENLARGE.has(opType) ? movedValue(trial, node, first, operands, name) : weighted(trial, node, operands);
}

/** Operators that repeat elements. */
const ENLARGE = new Set(['Resize', 'Upsample']);

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

function movedValue(
  { compared }: Trial,
  node: NodeProto,
  value: TrialValue,
  operands: readonly (TrialValue | undefined)[],
  output: string,
): TrialValue {
  const parameter: Parameter = (input) => {
    const given = operands[input];
    if (given !== undefined && given.kind !== 'numbers') throw new NotFollowed(`${node.opType} ${output} moves elements by data`);
    return given as Numbers | undefined;
  };
  const result = ENLARGE.has(node.opType)
    ? enlarged(node, value.shape, parameter)
    : moved(node, value.shape, parameter, node.output.indexOf(output));
  if (result === undefined) throw new NotFollowed(`${node.opType} ${output} does not fit its input`);
  const by = `${node.opType} ${output}`;
  for (const [i, { axis, at, size }] of (result.beyond ?? []).entries())
    compared.set(`${by} ${axis} ${i}`, { by, operands: [[at], [size]] });
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
  const { data, groups, shifts } = value;
  const picked = (list: ArrayLike<number>, other: number): Int32Array => result.source.map((at) => (at < 0 ? other : (list[at] as number)));
  return {
    ...value,
    shape: result.shape,
    data: picked(data, outside),
    groups: groups && picked(groups, ABSENT),
    shifts: shifts && picked(shifts, ABSENT),
    padding: outside === ABSENT && fill < 0 ? nearest([value.padding, { by: output, fill }]) : value.padding,
  };
}

/** The padding that is nearest to 0. */
function nearest(all: readonly (Padding | undefined)[]): Padding | undefined {
  return all.reduce((near, each) => (near === undefined || (each !== undefined && each.fill > near.fill) ? each : near));
}

function concatenated(node: NodeProto, operands: readonly TrialValue[]): TrialValue {
  const [first] = operands;
  if (
    first === undefined ||
    operands.some(({ kind, groups, shifts, isShared }) => kind !== first.kind || groups !== undefined || shifts !== undefined || isShared)
  ) {
    throw new NotFollowed(`Concat ${node.output[0] ?? ''} joins values of different kinds`);
  }
  const changed = operands.find(({ changedBy }) => changedBy !== undefined)?.changedBy;
  if (changed !== undefined) throw new NotFollowed(`Concat ${node.output[0] ?? ''} joins inputs that ${changed} changes`);
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
  return { kind: first.kind, shape, data, padding: nearest(operands.map(({ padding }) => padding)) };
}

/** Numbers made of numbers, with a note if sizes that were not tried may give others. */
function numbersFrom({ compared }: Trial, node: NodeProto, operands: readonly TrialValue[]): TrialValue {
  const { opType } = node;
  const result = arithmetic(node, operands);
  const by = `${opType} ${node.output[0] ?? ''}`;
  const data = operands.map((each) => each.data);
  if (COMPARE.has(opType)) compared.set(by, { by, operands: data });
  if (ROUND.has(opType)) compared.set(by, { by, operands: data, result: result.data });
  return result;
}

const COMPARE = new Set(['Min', 'Max', 'Equal']);

const ROUND = new Set(['Div', 'Floor', 'Cast']);

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
    const length = checkedSize([Math.max(0, Math.ceil((limit - start) / step))]);
    return list(Array.from({ length }, (_, i) => start + i * step));
  }
  if (opType === 'Where' && b !== undefined && operands.every(({ shape }) => shape.join() === a.shape.join()))
    return { ...b, data: Array.from(a.data, (isFirst, i) => (isFirst ? b : (c ?? b)).data[i] as number) };
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
  ['Equal', (a: number, b: number) => Number(a === b)],
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

function list(data: readonly number[]): TrialValue {
  return { kind: 'numbers', shape: [data.length], data };
}
