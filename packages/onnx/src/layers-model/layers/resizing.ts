/** Layers that pad, crop and enlarge images and volumes. */
import { TensorProto_DataType } from 'onnx-buf';
import type { Layout } from 'softpool';
import { TO_THE_END } from '../../emit/node-list.ts';
import { type Around, padsInOrder } from '../../graph/window-geometry.ts';
import { imageOrder, stored, type Value } from '../values.ts';
import { configOf, inputOf, type LayerCall, type LayerWriter, outputOf } from './layer-call.ts';

/** Layers that change the size of images and volumes. */
export const RESIZING_LAYERS: Readonly<Record<string, LayerWriter>> = {
  ZeroPadding2D: (call) => zeroPadding(call, configOf<{ padding: readonly Around[] }>(call).padding),
  ZeroPadding3D: (call) =>
    zeroPadding(
      call,
      configOf<{ padding: readonly number[] }>(call).padding.map((zeros) => [zeros, zeros]),
    ),
  Cropping2D(call) {
    const input = inputOf(call);
    const { cropping } = configOf<{ cropping: readonly Around[] }>(call);
    const around = stored(input, everyAxis(call, cropping, [0, 0]));
    const { list } = call;
    const starts = list.integers(...around.map(([before]) => before));
    const ends = list.integers(...around.map(([, after]) => (after === 0 ? TO_THE_END : -after)));
    return outputOf(call, list.op('Slice', [input.name, starts, ends]), input);
  },
  UpSampling2D(call) {
    const { size, interpolation, dataFormat } = configOf<UpSamplingConfig>(call);
    const input = inputOf(call, (rank) => imageOrder(rank, dataFormat));
    const { list } = call;
    const scales = list.op('Cast', [list.integers(1, 1, ...size)], { to: TensorProto_DataType.FLOAT });
    // TensorFlow.js aligns the corners of pixels: output i is at input i / size.
    const how = { coordinate_transformation_mode: 'asymmetric', ...MODES[interpolation] };
    return outputOf(call, list.op('Resize', [input.name, '', scales], how), input);
  },
};

interface UpSamplingConfig {
  readonly size: readonly [height: number, width: number];
  readonly interpolation: keyof typeof MODES;
  readonly dataFormat: Layout;
}

const MODES = { nearest: { mode: 'nearest', nearest_mode: 'floor' }, bilinear: { mode: 'linear' } } as const;

function zeroPadding(call: LayerCall, padding: readonly Around[]): Value {
  const input = inputOf(call);
  const around = stored(input, everyAxis(call, padding, [0, 0]));
  const pads = call.list.integers(...padsInOrder(around));
  return outputOf(call, call.list.op('Pad', [input.name, pads]), input);
}

/** A number for each axis of the layers model, batch and channels included. */
function everyAxis<T>(call: LayerCall, spatial: readonly T[], none: T): T[] {
  const { dataFormat } = configOf<{ dataFormat?: Layout }>(call);
  return dataFormat === 'channelsFirst' ? [none, none, ...spatial] : [none, ...spatial, none];
}
