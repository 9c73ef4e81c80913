/** ONNX models of one pooling: standard operators, and forms of soft pooling made of them. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type NodeList, nodeList, onnxModel } from '@softpool/testing/onnx-models';
import { AttributeProto_AttributeType, AttributeProtoSchema, ModelProtoSchema } from 'onnx-buf';
import type { Window } from './problem.ts';

/** A model of one operator, from `x` to `y`. */
export function poolModel(operator: 'AveragePool' | 'MaxPool', shape: readonly number[], { kernelSize, stride, padding = 0 }: Window) {
  const axes = shape.slice(2);
  const list = nodeList();
  const attributes = {
    kernel_shape: axes.map(() => kernelSize),
    strides: axes.map(() => stride),
    pads: [...axes, ...axes].map(() => padding),
  };
  list.op(operator, ['x'], attributes, 'y');
  return modelOf(list, shape);
}

/** Soft pooling of images with its taps along a new first axis: few operators, each on all taps. */
export function stackedModel(shape: readonly number[], window: Window): Uint8Array {
  const list = nodeList();
  const taps = slices(list, padded(list, window), window).map((tap) => list.op('Unsqueeze', [tap, [0]]));
  return finish(list, [list.op('Concat', taps, { axis: 0 })], shape);
}

/** The same along a new last axis, for `Softmax`. It makes NaN of infinities, and so of padding. */
export function softmaxModel(shape: readonly number[], window: Window): Uint8Array {
  const list = nodeList();
  const taps = slices(list, 'x', window).map((tap) => list.op('Unsqueeze', [tap, [-1]]));
  const stacked = list.op('Concat', taps, { axis: -1 });
  const weighted = list.op('Mul', [list.op('Softmax', [stacked], { axis: -1 }), stacked]);
  list.op('ReduceSum', [weighted, [-1]], { keepdims: 0 }, 'y');
  return modelOf(list, shape);
}

/** Windows side by side, by `Reshape` and `Transpose`. They must divide height and width. */
export function reshapedModel(shape: readonly number[], { kernelSize }: Window): Uint8Array {
  const [, channels = 1, height = 1, width = 1] = shape;
  const [rows, columns] = [height / kernelSize, width / kernelSize];
  const list = nodeList();
  const divided = list.op('Reshape', ['x', [0, 0, rows, kernelSize, columns, kernelSize]]);
  const taps = list.op('Transpose', [divided], { perm: [3, 5, 0, 1, 2, 4] });
  return finish(list, [list.op('Reshape', [taps, [kernelSize ** 2, -1, channels, rows, columns]])], shape);
}

/**
 * Windows at stride 2: one `Transpose` separates even and odd columns, so slices have no steps
 * along rows. The width, padding included, is even.
 */
export function phasesModel(shape: readonly number[], window: Window): Uint8Array {
  const { kernelSize, padding = 0 } = window;
  const [height = 1, width = 1] = shape.slice(2).map((size) => Math.floor((size + 2 * padding - kernelSize) / 2) + 1);
  const list = nodeList();
  const pairs = list.op('Reshape', [padded(list, window), [0, 0, 0, -1, 2]]);
  const separated = list.op('Transpose', [pairs], { perm: [4, 0, 1, 2, 3] });
  const phases = [0, 1].map((phase) => list.op('Squeeze', [list.op('Slice', [separated, [phase], [phase + 1], [0]]), [0]]));
  const taps = positions(kernelSize).map(([row, column]) => {
    const [from, to] = [
      [row, column >> 1],
      [row + 2 * height - 1, (column >> 1) + width],
    ] as const;
    return list.op('Slice', [phases[column & 1] ?? '', from, to, [2, 3], [2, 1]]);
  });
  return finish(list, taps, shape);
}

/**
 * A model whose one max pool pads by itself, by 1 on all sides, as PyTorch exports networks.
 * TensorFlow.js pads with zeros before the pool, which is the same behind a ReLU.
 */
export function paddedByPool(bytes: Uint8Array): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  const nodes = model.graph?.node ?? [];
  const pool = nodes.find(({ opType }) => opType === 'MaxPool');
  const pad = nodes.find(({ opType, output }) => opType === 'Pad' && output[0] === pool?.input[0]);
  if (pool === undefined || pad === undefined) throw new Error('the model has no padding before a max pool');
  pool.input[0] = pad.input[0] ?? '';
  pool.attribute = pool.attribute.filter(({ name }) => name !== 'pads' && name !== 'auto_pad');
  pool.attribute.push(create(AttributeProtoSchema, { name: 'pads', type: AttributeProto_AttributeType.INTS, ints: [1n, 1n, 1n, 1n] }));
  nodes.splice(nodes.indexOf(pad), 1);
  return toBinary(ModelProtoSchema, model);
}

function modelOf({ nodes, initializers }: NodeList, shape: readonly number[]): Uint8Array {
  const outputShape = shape.map((_, axis) => `y${axis}`);
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape }],
    outputs: [{ name: 'y', type: 'float32', shape: outputShape }],
    nodes,
    initializers,
  });
}

function padded(list: NodeList, { padding = 0 }: Window): string {
  if (padding === 0) return 'x';
  return list.op('Pad', ['x', [0, 0, padding, padding, 0, 0, padding, padding], Number.NEGATIVE_INFINITY]);
}

/** A strided slice for each tap of all windows. */
function slices(list: NodeList, x: string, { kernelSize, stride }: Window): string[] {
  return positions(kernelSize).map((from) => {
    const to = from.map((tap) => (tap + 1 === kernelSize ? Number.MAX_SAFE_INTEGER : tap + 1 - kernelSize));
    return list.op('Slice', [x, from, to, [2, 3], [stride, stride]]);
  });
}

function positions(kernelSize: number): [row: number, column: number][] {
  return Array.from({ length: kernelSize ** 2 }, (_, tap) => [Math.floor(tap / kernelSize), tap % kernelSize]);
}

/** The lowest float32, which replaces −∞, so that no weight times it is NaN. */
const LOWEST = -(2 - 2 ** -23) * 2 ** 127;

/** From taps to `y`: a tensor for each tap, or one tensor with all taps along its first axis. */
function finish(list: NodeList, taps: readonly string[], shape: readonly number[]) {
  const isStacked = taps.length === 1;
  const max = isStacked ? list.op('ReduceMax', taps, { axes: [0] }) : list.op('Max', taps);
  const sum = (terms: readonly string[]) => (isStacked ? list.op('ReduceSum', [...terms, [0]]) : list.op('Sum', terms));
  const differences = taps.map((tap) => list.op('Sub', [tap, max]));
  const exponentials = differences.map((difference) => list.op('Exp', [difference]));
  const terms = differences.map((difference, tap) => list.op('Mul', [exponentials[tap] ?? '', list.op('Max', [difference, LOWEST])]));
  const pooled = list.op('Add', [max, list.op('Div', [sum(terms), sum(exponentials)])]);
  const output = list.op('Where', [list.op('IsInf', [max]), max, pooled], {}, isStacked ? 'stacked' : 'y');
  if (isStacked) list.op('Squeeze', [output, [0]], {}, 'y');
  return modelOf(list, shape);
}
