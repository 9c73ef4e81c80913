/**
 * The soft pooling layers of `@softpool/tfjs`, as a model-local function and a node that calls it,
 * or as operators.
 */
import type { PoolingWindow } from '@softpool/surgery';
import type { Layout, Weights } from 'softpool';
import { softPoolFunction, softPoolNode } from '../../emit/function.ts';
import { channelsIn, type SoftPooling } from '../../emit/pooling.ts';
import { emitSoftPool } from '../../emit/soft-pool.ts';
import { reshaped } from '../tensors.ts';
import { imageOrder, layersOrder, stored, type Value } from '../values.ts';
import { configOf, constant, inputOf, type LayerCall, type LayerWriter, mainNode, outputOf } from './layer-call.ts';
import { padsOf } from './windows.ts';

/** The configuration of all soft pooling layers. Those with windows have more. */
interface SoftPoolingConfig {
  readonly dataFormat?: Layout;
  readonly beta: number;
  readonly weights: Weights;
}

interface WindowConfig extends SoftPoolingConfig {
  readonly poolSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: 'valid' | 'same';
  readonly padMode?: 'ignore' | 'zeros';
}

/** Soft pooling layers. */
export const SOFT_POOLING_LAYERS: Readonly<Record<string, LayerWriter>> = {
  SoftPooling1D: windowPooling,
  SoftPooling2D: windowPooling,
  SoftPooling3D: windowPooling,
  GlobalSoftPooling1D: globalPooling,
  GlobalSoftPooling2D: globalPooling,
  GlobalSoftPooling3D: globalPooling,
};

/** Adds the nodes of one soft pooling of float32. */
export function pooledSoftly(call: LayerCall, x: string, operator: Omit<SoftPooling, 'elementType' | 'target'>): string {
  const { graph, list, inline, target } = call;
  const pooling: SoftPooling = { ...operator, elementType: 'float32', target };
  const y = `${call.name}/SoftPool_${list.nodes.length}`;
  if (inline) {
    emitSoftPool(list, x, y, pooling);
  } else {
    graph.addFunction(softPoolFunction(pooling, graph.opset));
    list.nodes.push(softPoolNode(pooling, graph.opset, y, x, y));
  }
  return mainNode(call, y);
}

function windowPooling(call: LayerCall): Value {
  const { dataFormat, poolSize: kernelSize, strides: stride, padding, padMode } = configOf<WindowConfig>(call);
  const input = inputOf(call, (rank) => imageOrder(rank, dataFormat));
  const pads = padsOf(input, { kernelSize, stride, padding });
  const zeros = padMode === 'zeros' ? { padMode } : {};
  const window = { kernelSize, stride, dilation: kernelSize.map(() => 1), padding: pads ?? ('same' as const), ...zeros, ceilMode: false };
  return outputOf(call, pooledByWeights(call, input, window), input);
}

function globalPooling(call: LayerCall): Value {
  const { dataFormat } = configOf<SoftPoolingConfig>(call);
  const input = inputOf(call, (rank) => imageOrder(rank, dataFormat));
  const pooled = pooledByWeights(call, input, undefined);
  return outputOf(call, call.list.op('Flatten', [pooled]), { order: layersOrder(2) });
}

/**
 * Pools with β from the configuration, or from a weight if it was trained: one number, or one per
 * channel.
 */
function pooledByWeights(call: LayerCall, { name, shape, order }: Value, window: PoolingWindow | undefined): string {
  const { beta, weights } = configOf<SoftPoolingConfig>(call);
  const channels = channelsIn(stored({ order }, shape));
  const trained = call.weights.get('beta');
  if (trained === undefined) return pooledSoftly(call, name, { window, beta, weights, channels });
  if (trained.shape.length === 0) return pooledSoftly(call, name, { window, beta: Math.max(0, trained.data[0] ?? 0), weights, channels });
  const sharpness = { ...trained, data: trained.data.map((each) => Math.max(LEAST_SHARPNESS, each)) };
  const ones = shape.slice(2).map(() => 1);
  const factors = constant(call, 'beta', reshaped(sharpness, trained.data.length, ...ones));
  const sharp = call.list.op('Mul', [name, factors]);
  return call.list.op('Div', [pooledSoftly(call, sharp, { window, beta: 1, weights, channels }), factors]);
}

/**
 * Channels with different β are multiplied by it, pooled with β = 1, and divided by it. A β of 0
 * would divide by 0: instead it is so small that the result is the average in float32.
 */
const LEAST_SHARPNESS = 2 ** -40;
