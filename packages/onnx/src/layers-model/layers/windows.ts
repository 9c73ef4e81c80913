/** The padding of convolutions and pools by TensorFlow's rule, which depends on the input size. */
import type { AttributeValue } from '../../graph/attributes.ts';
import { type Around, AUTO_PAD, extent, halves, padsInOrder, samePadding } from '../../graph/window-geometry.ts';
import { Refusal } from '../unsupported.ts';
import { spatialSizes, type Value } from '../values.ts';

/** The window of a layer, with one number per spatial axis. */
export interface LayerWindow {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly dilation?: readonly number[];
  /** `'valid'` or `'same'`. */
  readonly padding: string;
}

/** The padding of each axis; `undefined` if it depends on an input size that is unknown. */
export function padsOf(input: Value, { kernelSize, stride, dilation, padding }: LayerWindow): Around[] | undefined {
  if (padding !== 'valid' && padding !== 'same') throw new Refusal(`padding '${padding}'`);
  const pads = spatialSizes(input).map((length, axis): Around | undefined => {
    if (padding === 'valid') return [0, 0];
    const step = stride[axis] ?? 1;
    const reach = extent(kernelSize[axis] ?? 1, dilation?.[axis]);
    if (step === 1) return halves(reach - 1);
    if (length === null) return undefined;
    return samePadding(length, step, reach);
  });
  return pads.every((each) => each !== undefined) ? pads : undefined;
}

/** The window as attributes of `Conv`, `MaxPool` and `AveragePool`. */
export function windowAttributes(input: Value, window: LayerWindow): Record<string, AttributeValue> {
  const pads = padsOf(input, window);
  return {
    kernel_shape: window.kernelSize,
    strides: window.stride,
    ...(window.dilation?.some((step) => step > 1) && { dilations: window.dilation }),
    ...(pads === undefined && { auto_pad: AUTO_PAD.same }),
    ...(pads?.flat().some((zeros) => zeros > 0) && { pads: padsInOrder(pads) }),
  };
}
