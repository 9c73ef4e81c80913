/** The mask of a layer's input, as TensorFlow.js passes it. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/**
 * The mask of the input in a call. In a model, TensorFlow.js also hands the mask of an earlier
 * layer to layers whose input has none; where the model shows that, the mask is left out.
 */
export function maskFor(layer: tfl.layers.Layer, inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | undefined {
  const given = oneMask(kwargs?.mask as tf.Tensor | undefined);
  if (given === undefined || !layer.supportsMasking) return undefined;
  // TensorFlow.js's layers that merge masked inputs put an axis of 1 before the mask's own.
  const mask = given.rank === [inputs].flat()[0]?.rank && given.shape[0] === 1 ? tf.squeeze(given, [0]) : given;
  if (!Array.isArray(inputs) || layer.inboundNodes.length === 0) return mask;
  const masks = layer.inboundNodes.map(({ inputTensors }) => maskAt(mask, inputTensors[0]));
  return masks.find((each) => each !== undefined);
}

/**
 * The mask of a value in a model, if it may have one: a layer makes it, or passes on that of its
 * input.
 */
function maskAt(mask: tf.Tensor, value: tfl.SymbolicTensor | undefined): tf.Tensor | undefined {
  const poolings: tfl.layers.Layer[] = [];
  let each = value;
  for (; each?.sourceLayer?.supportsMasking; each = each.inputs[0]) {
    const { sourceLayer } = each;
    const { returnSequences } = sourceLayer as { returnSequences?: boolean };
    // A recurrent layer that gives its last step.
    if (returnSequences === false) return undefined;
    if (sourceLayer.getClassName() === 'SoftPooling1D') poolings.unshift(sourceLayer);
    else if (!returnSequences && sourceLayer.computeMask !== tfl.layers.Layer.prototype.computeMask) return mask;
  }
  // The input of a model in another model has the mask that the outer one gives it. TensorFlow.js
  // hands it to all layers of the inner one, also behind those that change it.
  if (each?.sourceLayer?.getClassName() !== 'InputLayer' || !fits(mask, each.shape)) return undefined;
  return poolings.reduce((input, layer) => layer.computeMask(input, input) as tf.Tensor, mask);
}

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
