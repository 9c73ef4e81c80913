/** The mask of a layer's input, as TensorFlow.js passes it. */
import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/**
 * The mask of the input in a call. In a model, TensorFlow.js also hands the mask of an earlier
 * layer to layers whose input has none; where the model shows that, the mask is left out.
 */
export function maskFor(layer: tfl.layers.Layer, inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | undefined {
  const mask = oneMask(kwargs?.mask as tf.Tensor | undefined);
  if (mask === undefined || !layer.supportsMasking) return undefined;
  const isInModel = Array.isArray(inputs) && layer.inboundNodes.length > 0;
  return !isInModel || layer.inboundNodes.some(({ inputTensors }) => mayHave(mask, inputTensors[0])) ? mask : undefined;
}

/** Whether a value in a model may have a mask: a layer makes it, or passes on that of its input. */
function mayHave(mask: tf.Tensor, value: tfl.SymbolicTensor | undefined): boolean {
  let each = value;
  for (; each?.sourceLayer?.supportsMasking; each = each.inputs[0]) {
    const { sourceLayer } = each;
    const { returnSequences } = sourceLayer as { returnSequences?: boolean };
    if (returnSequences === false) return false; // of a recurrent layer that gives its last step
    const passesOn = returnSequences || PASS_ON.has(sourceLayer.getClassName());
    if (!passesOn && sourceLayer.computeMask !== tfl.layers.Layer.prototype.computeMask) return true;
  }
  // The input of a model in another model has the mask that the outer one gives it.
  return each?.sourceLayer?.getClassName() === 'InputLayer' && fits(mask, each.shape);
}

/** Layers that compute masks from masks only. */
const PASS_ON = new Set(['SoftPooling1D']);

/** Whether a mask has the sizes of a value, in the order of its axes, as far as they are fixed. */
function fits({ shape }: tf.Tensor, sizes: tfl.SymbolicTensor['shape']): boolean {
  return sizes.length === shape.length + 1 && shape.every((size, axis) => [null, size].includes(sizes[axis] ?? null));
}

/** The only mask of a layer with one input, which TensorFlow.js may put into a list. */
export function oneMask(mask: tf.Tensor | tf.Tensor[] | null | undefined): tf.Tensor | undefined {
  return (Array.isArray(mask) ? mask[0] : mask) ?? undefined;
}

/** No mask, in TensorFlow.js's words, which its types leave out. */
export const NO_MASK = null as unknown as tf.Tensor;
