/** Max and average pooling. */
import type { Layout } from 'softpool';
import { imageOrder, layersOrder } from '../values.ts';
import { configOf, inputOf, type LayerWriter, mainNode, outputOf } from './layer-call.ts';
import { windowAttributes } from './windows.ts';

interface PoolingConfig {
  readonly poolSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: string;
  readonly dataFormat?: Layout;
}

/**
 * Max and average pooling layers. By default ONNX averages leave padding out, as in TensorFlow.js.
 */
export const POOLING_LAYERS: Readonly<Record<string, LayerWriter>> = {
  MaxPooling1D: pooling('MaxPool'),
  MaxPooling2D: pooling('MaxPool'),
  MaxPooling3D: pooling('MaxPool'),
  AveragePooling1D: pooling('AveragePool'),
  AveragePooling2D: pooling('AveragePool'),
  AveragePooling3D: pooling('AveragePool'),
  GlobalMaxPooling1D: globalPooling('GlobalMaxPool'),
  GlobalMaxPooling2D: globalPooling('GlobalMaxPool'),
  GlobalAveragePooling1D: globalPooling('GlobalAveragePool'),
  GlobalAveragePooling2D: globalPooling('GlobalAveragePool'),
};

function pooling(opType: string): LayerWriter {
  return (call) => {
    const { poolSize, strides, padding, dataFormat } = configOf<PoolingConfig>(call);
    const input = inputOf(call, (rank) => imageOrder(rank, dataFormat));
    return outputOf(
      call,
      call.list.op(opType, [input.name], windowAttributes(input, { kernelSize: poolSize, stride: strides, padding })),
      input,
    );
  };
}

function globalPooling(opType: string): LayerWriter {
  return (call) => {
    const { dataFormat } = configOf<PoolingConfig>(call);
    const input = inputOf(call, (rank) => imageOrder(rank, dataFormat));
    const pooled = mainNode(call, call.list.op(opType, [input.name]));
    return outputOf(call, call.list.op('Flatten', [pooled]), { order: layersOrder(2) });
  };
}
