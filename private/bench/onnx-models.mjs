// ONNX models of one pooling: the operators of the standard, and the forms in which soft pooling can be written with standard operators.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
} from 'onnx-buf';

/**
 * @typedef {{ kernelSize: number, stride: number, padding?: number }} Window - The same along all axes.
 * @typedef {import('onnx-buf').NodeProto} NodeProto
 * @typedef {Record<string, number | readonly number[]>} Attributes
 * @typedef {ReturnType<typeof nodeList>} NodeList
 */

/**
 * A model of one operator, from `x` to `y`.
 *
 * @param {'AveragePool' | 'MaxPool'} operator
 * @param {readonly number[]} shape - `[N, C, …]`, of float32.
 * @param {Window} window
 */
export function poolModel(operator, shape, { kernelSize, stride, padding = 0 }) {
  const axes = shape.slice(2);
  const list = nodeList();
  const attributes = {
    kernel_shape: axes.map(() => kernelSize),
    strides: axes.map(() => stride),
    pads: [...axes, ...axes].map(() => padding),
  };
  list.op(operator, ['x'], attributes, 'y');
  return modelOf(list.nodes, shape);
}

/**
 * Soft pooling of pictures, its taps side by side along a new first axis: few operators, each on all taps.
 *
 * @param {readonly number[]} shape
 * @param {Window} window
 */
export function stackedModel(shape, window) {
  const list = nodeList();
  const taps = slices(list, padded(list, window), window).map((tap) => list.op('Unsqueeze', [tap, list.integers(0)]));
  return modelOf(finishStacked(list, list.op('Concat', taps, { axis: 0 })), shape);
}

/**
 * The same, its taps side by side along a new last axis, for `Softmax`, which is one operator. It makes NaN of infinities, and so of padding.
 *
 * @param {readonly number[]} shape
 * @param {Window} window - Without padding.
 */
export function softmaxModel(shape, window) {
  const list = nodeList();
  const taps = slices(list, 'x', window).map((tap) => list.op('Unsqueeze', [tap, list.integers(-1)]));
  const stacked = list.op('Concat', taps, { axis: -1 });
  const weighed = list.op('Mul', [list.op('Softmax', [stacked], { axis: -1 }), stacked]);
  list.op('ReduceSum', [weighed, list.integers(-1)], { keepdims: 0 }, 'y');
  return modelOf(list.nodes, shape);
}

/**
 * Windows that do not overlap, parted by `Reshape` and `Transpose` instead of slices.
 *
 * @param {readonly number[]} shape - Its height and width are multiples of the window.
 * @param {Window} window
 */
export function reshapedModel(shape, { kernelSize }) {
  const [, channels = 1, height = 1, width = 1] = shape;
  const [rows, columns] = [height / kernelSize, width / kernelSize];
  const list = nodeList();
  const parted = list.op('Reshape', ['x', list.integers(0, 0, rows, kernelSize, columns, kernelSize)]);
  const taps = list.op('Transpose', [parted], { perm: [3, 5, 0, 1, 2, 4] });
  return modelOf(finishStacked(list, list.op('Reshape', [taps, list.integers(kernelSize ** 2, -1, channels, rows, columns)])), shape);
}

/**
 * Windows in steps of 2, whose even and odd columns are parted by one `Transpose`, so that slices have no steps along rows.
 *
 * @param {readonly number[]} shape - Its width, padding included, is even.
 * @param {Window} window
 */
export function phasesModel(shape, window) {
  const { kernelSize, padding = 0 } = window;
  const [height, width] = shape.slice(2).map((size) => Math.floor((size + 2 * padding - kernelSize) / 2) + 1);
  const list = nodeList();
  const pairs = list.op('Reshape', [padded(list, window), list.integers(0, 0, 0, -1, 2)]);
  const parted = list.op('Transpose', [pairs], { perm: [4, 0, 1, 2, 3] });
  const columns = [0, 1].map((phase) =>
    list.op('Squeeze', [slice(list, parted, { from: [phase], to: [phase + 1], axes: [0], steps: [1] }), list.integers(0)]),
  );
  const taps = positions(kernelSize).map(([row, column]) => {
    const from = [row, column >> 1];
    const to = [row + 2 * (height ?? 1) - 1, (column >> 1) + (width ?? 1)];
    return slice(list, columns[column & 1] ?? '', { from, to, axes: [2, 3], steps: [2, 1] });
  });
  return modelOf(finishTaps(list, taps), shape);
}

/**
 * A model whose max pool pads by itself, as networks are exported from PyTorch: TensorFlow.js has no padded pools, and pads with zeros before them, which
 * behind a ReLU is the same.
 *
 * @param {Uint8Array} bytes - A model with one max pool, padded by 1 on all sides.
 */
export function paddedByPool(bytes) {
  const model = fromBinary(ModelProtoSchema, bytes);
  const nodes = model.graph?.node ?? [];
  const pool = nodes.find(({ opType }) => opType === 'MaxPool');
  const pad = nodes.find(({ opType, output }) => opType === 'Pad' && output[0] === pool?.input[0]);
  if (pool === undefined || pad === undefined) throw new Error('the model has no padding before a max pool');
  pool.input[0] = pad.input[0] ?? '';
  pool.attribute = pool.attribute.filter(({ name }) => name !== 'pads' && name !== 'auto_pad');
  pool.attribute.push(create(AttributeProtoSchema, { name: 'pads', type: AttributeType.INTS, ints: [1n, 1n, 1n, 1n] }));
  nodes.splice(nodes.indexOf(pad), 1);
  return toBinary(ModelProtoSchema, model);
}

/** A list of nodes that grows. */
function nodeList() {
  /** @type {NodeProto[]} */
  const nodes = [];
  /** @param {import('onnx-buf').TensorProto} tensor */
  const constant = (tensor) => {
    const output = `constant_${nodes.length}`;
    const value = create(AttributeProtoSchema, { name: 'value', type: AttributeType.TENSOR, t: tensor });
    nodes.push(create(NodeProtoSchema, { opType: 'Constant', output: [output], attribute: [value] }));
    return output;
  };
  return {
    nodes,
    /** @param {string} opType @param {string[]} input @param {Attributes} [attributes] */
    op(opType, input, attributes = {}, output = `${opType}_${nodes.length}`) {
      const attribute = Object.entries(attributes).map(([name, value]) =>
        typeof value === 'number'
          ? create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) })
          : create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) }),
      );
      nodes.push(create(NodeProtoSchema, { opType, input, output: [output], attribute }));
      return output;
    },
    /** @param {number[]} values */
    integers: (...values) =>
      constant(create(TensorProtoSchema, { dataType: DataType.INT64, dims: [BigInt(values.length)], int64Data: values.map(BigInt) })),
    /** @param {number} value */
    number: (value) => constant(create(TensorProtoSchema, { dataType: DataType.FLOAT, floatData: [value] })),
  };
}

/**
 * @param {readonly NodeProto[]} nodes
 * @param {readonly number[]} shape
 */
function modelOf(nodes, shape) {
  /** @param {string} name @param {readonly (number | string)[]} sizes */
  const value = (name, sizes) => {
    const dim = sizes.map((size) => ({
      value:
        typeof size === 'number'
          ? { case: /** @type {const} */ ('dimValue'), value: BigInt(size) }
          : { case: /** @type {const} */ ('dimParam'), value: size },
    }));
    return { name, type: { value: { case: /** @type {const} */ ('tensorType'), value: { elemType: DataType.FLOAT, shape: { dim } } } } };
  };
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: '', version: 13n }],
      graph: {
        name: 'pool',
        node: [...nodes],
        input: [value('x', shape)],
        output: [
          value(
            'y',
            shape.map((_, axis) => `y${axis}`),
          ),
        ],
      },
    }),
  );
}

/** @param {NodeList} list @param {Window} window */
function padded(list, { padding = 0 }) {
  if (padding === 0) return 'x';
  return list.op('Pad', ['x', list.integers(0, 0, padding, padding, 0, 0, padding, padding), list.number(Number.NEGATIVE_INFINITY)]);
}

/** A strided slice for each tap of all windows. @param {NodeList} list @param {string} x @param {Window} window */
function slices(list, x, { kernelSize, stride }) {
  return positions(kernelSize).map((from) => {
    const to = from.map((tap) => (tap + 1 === kernelSize ? Number.MAX_SAFE_INTEGER : tap + 1 - kernelSize));
    return slice(list, x, { from, to, axes: [2, 3], steps: [stride, stride] });
  });
}

/** @param {NodeList} list @param {string} x @param {Record<'from' | 'to' | 'axes' | 'steps', number[]>} where */
function slice(list, x, { from, to, axes, steps }) {
  return list.op('Slice', [x, list.integers(...from), list.integers(...to), list.integers(...axes), list.integers(...steps)]);
}

/** @param {number} kernelSize @returns {[row: number, column: number][]} */
function positions(kernelSize) {
  return Array.from({ length: kernelSize ** 2 }, (_, tap) => [Math.floor(tap / kernelSize), tap % kernelSize]);
}

/** The lowest number: what −∞ is cut at, so that no weight times it is NaN. */
const LOWEST = -(2 - 2 ** -23) * 2 ** 127;

/** From taps along the first axis to `y`. @param {NodeList} list @param {string} taps */
function finishStacked(list, taps) {
  const first = list.integers(0);
  const max = list.op('ReduceMax', [taps], { axes: [0] });
  const differences = list.op('Sub', [taps, max]);
  const exponentials = list.op('Exp', [differences]);
  const terms = list.op('Mul', [exponentials, list.op('Max', [differences, list.number(LOWEST)])]);
  const below = list.op('Div', [list.op('ReduceSum', [terms, first]), list.op('ReduceSum', [exponentials, first])]);
  const pooled = list.op('Where', [list.op('IsInf', [max]), max, list.op('Add', [max, below])]);
  list.op('Squeeze', [pooled, first], {}, 'y');
  return list.nodes;
}

/** From one tensor for each tap to `y`. @param {NodeList} list @param {string[]} taps */
function finishTaps(list, taps) {
  const max = list.op('Max', taps);
  const lowest = list.number(LOWEST);
  const differences = taps.map((tap) => list.op('Sub', [tap, max]));
  const exponentials = differences.map((difference) => list.op('Exp', [difference]));
  const terms = differences.map((difference, tap) => list.op('Mul', [exponentials[tap] ?? '', list.op('Max', [difference, lowest])]));
  const below = list.op('Div', [list.op('Sum', terms), list.op('Sum', exponentials)]);
  list.op('Where', [list.op('IsInf', [max]), max, list.op('Add', [max, below])], {}, 'y');
  return list.nodes;
}
