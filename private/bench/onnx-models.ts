/** ONNX models to measure: of one pooling, and networks. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { floats, type NodeList, nodeList, onnxModel } from '@softpool/testing/onnx-models';
import { AttributeProto_AttributeType, AttributeProtoSchema, ModelProtoSchema } from 'onnx-buf';
import { activations, type Window } from './problem.ts';

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

/** A model of global max pooling. */
export function globalModel(shape: readonly number[]): Uint8Array {
  const list = nodeList();
  list.op('GlobalMaxPool', ['x'], {}, 'y');
  return modelOf(list, shape);
}

/**
 * A backbone like those of YOLO's smallest networks, with random weights: convolutions of stride 2
 * with residual blocks between them, and SPPF, which pools 5×5/1 three times in a row.
 */
export function spatialPyramid(shape: readonly number[]): Uint8Array {
  const list = nodeList();
  const conv = (x: string, from: number, to: number, size: number, stride = 1): string => {
    const weights = `weights_${list.initializers.length}`;
    const scale = Math.sqrt(2 / (from * size ** 2));
    const values = Array.from(activations([to, from, size, size]).data, (value) => scale * value);
    list.initializers.push(floats(weights, [to, from, size, size], values));
    const pads = Array.from({ length: 4 }, () => (size - 1) / 2);
    const y = list.op('Conv', [x, weights], { kernel_shape: [size, size], strides: [stride, stride], pads });
    return list.op('Mul', [y, list.op('Sigmoid', [y])]);
  };
  const block = (x: string, channels: number): string =>
    list.op('Add', [x, conv(conv(x, channels, channels / 2, 1), channels / 2, channels, 3)]);
  const channels = [3, 16, 32, 64, 128, 256];
  let x = 'x';
  for (const [level, to] of channels.entries()) if (level > 0) x = block(conv(x, channels[level - 1] ?? to, to, 3, 2), to);
  const pool = { kernel_shape: [5, 5], strides: [1, 1], pads: [2, 2, 2, 2] };
  const levels = [conv(x, 256, 128, 1)];
  for (let i = 0; i < 3; i++) levels.push(list.op('MaxPool', [levels[i] ?? ''], pool));
  list.op('Identity', [conv(list.op('Concat', levels, { axis: 1 }), 512, 256, 1)], {}, 'y');
  return modelOf(list, shape);
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
