/**
 * Shapes of values, as far as the model states them or they follow from operators of convolutional
 * networks. Exporters leave most of them out.
 */
import type { PoolingShape } from '@softpool/surgery';
import type { NodeProto } from 'onnx-buf';
import { integerOf, integersOf } from '../graph/attributes.ts';
import type { GraphValues } from '../graph/graph-values.ts';
import { shapeOf } from '../graph/scope.ts';
import { windowsAlong } from '../graph/window-geometry.ts';
import { windowOf } from '../surgery/windows.ts';
import { KEEP_SHAPE } from './keep-shape.ts';
import { padsOf } from './movement.ts';
import { standardProducer } from './steps.ts';
import type { Numbers } from './tensor-numbers.ts';

/** What finds out about values. */
interface Known {
  readonly graph: GraphValues;
  readonly numbersOf: (name: string) => Numbers | undefined;
}

/** Makes a function that finds the shape of a value, with `null` for sizes that are unknown. */
export function shapesIn(known: Known): (name: string) => PoolingShape | undefined {
  const found = new Map<string, PoolingShape | undefined>();
  return (name) => {
    // A list of what is open, not recursion: chains are as long as networks are deep.
    const open = found.has(name) ? [] : [name];
    for (let each = open.at(-1); each !== undefined; each = open.at(-1)) {
      const stated = statedShape(known.graph, each);
      const node = stated === undefined ? standardProducer(known.graph, each) : undefined;
      found.set(each, stated);
      const next = node?.input.find((input) => !found.has(input));
      if (next !== undefined) open.push(next);
      else {
        if (node !== undefined)
          found.set(
            each,
            computed(known, node, (input) => found.get(input)),
          );
        open.pop();
      }
    }
    return found.get(name);
  };
}

function statedShape({ scope, constantOf }: GraphValues, name: string): PoolingShape | undefined {
  const constant = constantOf(name);
  if (constant !== undefined) return constant.dims.map(Number);
  for (let each = scope; each !== undefined; each = each.outer) {
    const shape = shapeOf(name, each);
    if (shape !== undefined) return shape;
  }
  return undefined;
}

const ELEMENTWISE = new Set(['Mul', 'Add', 'Sub', 'Div']);

const WINDOWS = new Set(['MaxPool', 'AveragePool']);
/** Operators that keep the number of axes, but not the sizes. */
const KEEP_RANK = new Set(['Pad', 'Slice', 'Transpose', 'Resize', 'Upsample', 'Split', 'ConvTranspose', 'Concat']);

const GLOBAL = new Set(['GlobalAveragePool', 'GlobalMaxPool']);

function computed(known: Known, node: NodeProto, shapeAt: (name: string) => PoolingShape | undefined): PoolingShape | undefined {
  const { opType } = node;
  const [input = '', second = ''] = node.input;
  if (opType === 'Reshape') return reshaped(known, second);
  if (opType === 'Conv') return windowed(known.graph, node, shapeAt(input));
  if (ELEMENTWISE.has(opType)) return broadcast(shapeAt(input), shapeAt(second));
  if (opType === 'Gather') return gathered(node, shapeAt(input), shapeAt(second));
  if (opType === 'Unsqueeze') return unsqueezed(known, node, shapeAt(input));
  const isKnown = KEEP_SHAPE.has(opType) || KEEP_RANK.has(opType) || WINDOWS.has(opType) || GLOBAL.has(opType);
  const first = isKnown ? shapeAt(input) : undefined;
  if (first === undefined || KEEP_SHAPE.has(opType)) return first;
  if (WINDOWS.has(opType)) return windowed(known.graph, node, first);
  if (GLOBAL.has(opType)) return first.map((size, axis) => (axis < 2 ? size : 1));
  if (opType === 'Pad') return padded(known, node, first);
  if (opType !== 'Concat') return first.map(() => null);
  const axis = integerOf(node, 'axis', 0);
  return first.map((size, at) => (at === (axis < 0 ? axis + first.length : axis) ? null : size));
}

function gathered(node: NodeProto, shape: PoolingShape | undefined, indices: PoolingShape | undefined): PoolingShape | undefined {
  if (shape === undefined || indices === undefined) return undefined;
  const axis = integerOf(node, 'axis', 0);
  const at = axis < 0 ? axis + shape.length : axis;
  return [...shape.slice(0, at), ...indices, ...shape.slice(at + 1)];
}

function unsqueezed({ numbersOf }: Known, node: NodeProto, shape: PoolingShape | undefined): PoolingShape | undefined {
  const axes = integersOf(node, 'axes') ?? numbersOf(node.input[1] ?? '')?.data;
  if (shape === undefined || axes === undefined) return undefined;
  const rank = shape.length + axes.length;
  const added = new Set(Array.from(axes, (axis) => (axis < 0 ? axis + rank : axis)));
  const rest = shape.values();
  return Array.from({ length: rank }, (_, at) => (added.has(at) ? 1 : (rest.next().value ?? null)));
}

function padded({ numbersOf }: Known, node: NodeProto, shape: PoolingShape): PoolingShape {
  const pads = padsOf(node, shape.length, (input) => numbersOf(node.input[input] ?? ''));
  return shape.map((size, axis) =>
    typeof size === 'number' && pads !== undefined ? size + (pads[axis]?.[0] ?? 0) + (pads[axis]?.[1] ?? 0) : null,
  );
}

/** The target of a Reshape; its length, if that is all that is known. */
function reshaped({ graph, numbersOf }: Known, target: string): PoolingShape | undefined {
  const sizes = numbersOf(target);
  if (sizes !== undefined) return Array.from(sizes.data, (size) => (size > 0 ? size : null));
  // As exporters write shapes: joined from lists of known length.
  const node = standardProducer(graph, target);
  if (node?.opType !== 'Concat') return undefined;
  const lengths = node.input.map((each) => {
    const constant = graph.constantOf(each);
    if (constant !== undefined) return constant.dims.length === 1 ? Number(constant.dims[0]) : Number.NaN;
    return standardProducer(graph, each)?.opType === 'Unsqueeze' ? 1 : Number.NaN;
  });
  const length = lengths.reduce((sum, each) => sum + each, 0);
  return Number.isNaN(length) ? undefined : Array.from({ length }, () => null);
}

function broadcast(a: PoolingShape | undefined, b: PoolingShape | undefined): PoolingShape | undefined {
  if (a === undefined || b === undefined) return undefined;
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
  const offset = longer.length - shorter.length;
  return longer.map((size, axis) => {
    const other = axis < offset ? 1 : (shorter[axis - offset] ?? null);
    if (size === other || other === 1) return size;
    return size === 1 ? other : typeof size === 'number' ? size : typeof other === 'number' ? other : null;
  });
}

function windowed(graph: GraphValues, node: NodeProto, input: PoolingShape | undefined): PoolingShape | undefined {
  const weights = node.opType === 'Conv' ? graph.constantOf(node.input[1] ?? '')?.dims.map(Number) : undefined;
  const [batch = null, channels = null, ...sizes] = input ?? weights?.map(() => null) ?? [];
  if (input === undefined && weights === undefined) return undefined;
  const window = windowOf(node);
  const outer = [batch, node.opType === 'Conv' ? (weights?.[0] ?? null) : channels] as const;
  const along = (size: PoolingShape[number], axis: number): number | null =>
    typeof window === 'string' || typeof size !== 'number' ? null : windowsAlong(window, axis, size).count;
  return [...outer, ...sizes.map(along)];
}
