/**
 * Soft pooling as a model-local function: a node `SoftPool…` of the domain `ai.softpool`, and the
 * function's body. The number of nodes in the body depends on the window, so each kind of soft
 * pooling has its own function, which its name identifies. The node has the same values as
 * attributes, for runtimes with their own kernel.
 */
import { create } from '@bufbuild/protobuf';
import type { PoolingWindow } from '@softpool/surgery';
import { type FunctionProto, FunctionProtoSchema, type NodeProto, NodeProtoSchema, OperatorSetIdProtoSchema } from 'onnx-buf';
import { type AttributeValue, attribute } from '../graph/attributes.ts';
import { DOMAIN } from '../graph/domain.ts';
import { AUTO_PAD, padsInOrder } from '../graph/window-geometry.ts';
import { dependsOnChannels } from './fast-soft-pool.ts';
import { nodeList } from './node-list.ts';
import type { SoftPooling } from './pooling.ts';
import { emitSoftPool } from './soft-pool.ts';

/**
 * The name of the function, e.g. `SoftPool_float32_k3x3_s2x2_p1x1x1x1`. Padding with zeros,
 * dilations, ceil mode, β and shared weights follow if they differ from the default, and the number
 * of channels if the operators depend on it.
 */
function functionName(pooling: SoftPooling, opset: number): string {
  const { window, beta, weights, elementType, channels } = pooling;
  const parts = window === undefined ? ['global'] : windowParts(window);
  return [
    `SoftPool_${elementType}`,
    ...parts,
    ...(beta === 1 ? [] : [`b${String(beta).replace('.', 'p').replace('-', 'm').replace('+', '')}`]),
    ...(weights === 'shared' ? ['shared'] : []),
    ...(dependsOnChannels(pooling, opset) ? [`c${channels}`] : []),
  ].join('_');
}

/** Makes the function. */
export function softPoolFunction(pooling: SoftPooling, opset: number): FunctionProto {
  const list = nodeList(opset, '');
  emitSoftPool(list, 'X', 'Y', pooling);
  return create(FunctionProtoSchema, {
    name: functionName(pooling, opset),
    domain: DOMAIN,
    input: ['X'],
    output: ['Y'],
    attribute: Object.keys(attributesOf(pooling)),
    node: list.nodes,
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(opset) })],
    docString: 'SoftPool (Stergiou, Poppe, Kalliatakis, ICCV 2021): y = Σ w x over each window, w = exp(beta x) / Σ exp(beta x).',
  });
}

/** Makes the node that calls the function. */
export function softPoolNode(pooling: SoftPooling, opset: number, name: string, input: string, output: string): NodeProto {
  return create(NodeProtoSchema, {
    name,
    domain: DOMAIN,
    opType: functionName(pooling, opset),
    input: [input],
    output: [output],
    attribute: Object.entries(attributesOf(pooling)).map(([key, value]) => attribute(key, value)),
  });
}

/**
 * The operator in the words of `MaxPool` and `AveragePool`. Without `kernel_shape` it is global.
 */
function attributesOf({ window, beta, weights }: SoftPooling): Record<string, AttributeValue> {
  const operator = { beta: { float: Math.min(beta, LARGEST_FLOAT32) }, weights: weights === 'shared' ? 'shared' : 'per_channel' };
  if (window === undefined) return operator;
  const { kernelSize, stride, dilation, padding, padMode, ceilMode } = window;
  const pads = typeof padding === 'string' ? { auto_pad: AUTO_PAD[padding] } : { pads: padsInOrder(padding) };
  const zeros = padMode === 'zeros' ? { pad_mode: 'zeros' } : {};
  return { kernel_shape: kernelSize, strides: stride, dilations: dilation, ...pads, ...zeros, ceil_mode: ceilMode ? 1 : 0, ...operator };
}

/** The largest β in an attribute, which holds a float32. The body has the exact number. */
const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

function windowParts({ kernelSize, stride, dilation, padding, padMode, ceilMode }: PoolingWindow): string[] {
  const pads = typeof padding === 'string' ? padding.replace(/^same$/, 'sameUpper') : padsInOrder(padding).join('x');
  return [
    `k${kernelSize.join('x')}`,
    `s${stride.join('x')}`,
    `p${pads}`,
    ...(padMode === 'zeros' ? ['zeros'] : []),
    ...(dilation.every((step) => step === 1) ? [] : [`d${dilation.join('x')}`]),
    ...(ceilMode ? ['ceil'] : []),
  ];
}
