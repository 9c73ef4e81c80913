/** The mask of a layer's input, as TensorFlow.js passes it. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/**
 * The mask of the input in a call. In a model, TensorFlow.js also hands the mask of an earlier
 * layer to layers whose input has none; where the model shows that, the mask is left out.
 */
export function maskFor(layer: tfl.layers.Layer, inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | undefined {
  const mask = oneMask(kwargs?.mask as tf.Tensor | undefined, inputs);
  if (mask === undefined || !layer.supportsMasking) return undefined;
  if (!Array.isArray(inputs) || layer.inboundNodes.length === 0) return mask;
  const masks = layer.inboundNodes.map(({ inputTensors }) => maskAt(mask, inputTensors[0]));
  return masks.find((each) => each !== undefined);
}

/**
 * The mask of a value in a model, if it may have one: a layer makes it, or passes on that of its
 * input. `behind` are the poolings between the value and the layer that gets the mask; values that
 * were `seen` have none.
 */
function maskAt(
  mask: tf.Tensor,
  value: tfl.SymbolicTensor | undefined,
  behind: readonly tfl.layers.Layer[] = [],
  seen = new Set<tfl.SymbolicTensor>(),
): tf.Tensor | undefined {
  const poolings = [...behind];
  let each = value;
  for (; each?.sourceLayer?.supportsMasking && !seen.has(each); each = each.inputs[0]) {
    seen.add(each);
    const { sourceLayer, inputs } = each;
    const { returnSequences } = sourceLayer as { returnSequences?: boolean };
    // Neither a recurrent layer that gives its last step nor a product passes a mask on.
    if (returnSequences === false || sourceLayer.getClassName() === 'Dot') return undefined;
    if (sourceLayer.getClassName() === 'SoftPooling1D') poolings.unshift(sourceLayer);
    else if (!returnSequences && sourceLayer.computeMask !== tfl.layers.Layer.prototype.computeMask) {
      if (inputs.length < 2) return mask;
      // A merge only has the masks of its inputs.
      return inputs.map((input) => maskAt(mask, input, poolings, seen)).find((one) => one !== undefined);
    }
  }
  // The input of a model in another model has the mask that the outer one gives it. TensorFlow.js
  // hands it to all layers of the inner one, also behind those that change it.
  if (each?.sourceLayer?.getClassName() !== 'InputLayer' || !fits(mask, each.shape)) return undefined;
  return poolings.reduce((input, layer) => layer.computeMask([], input) as tf.Tensor, mask);
}

/** Whether a mask has the sizes of a value, in the order of its axes, as far as they are fixed. */
function fits({ shape }: tf.Tensor, sizes: tfl.SymbolicTensor['shape']): boolean {
  return sizes.length === shape.length + 1 && shape.every((size, axis) => [null, size].includes(sizes[axis] ?? null));
}

/**
 * The only mask of a layer with one input. TensorFlow.js may put it into a list, and its layers
 * that merge masked inputs put an axis of 1 before the mask's own.
 */
export function oneMask(mask: tf.Tensor | tf.Tensor[] | null | undefined, inputs: tf.Tensor | tf.Tensor[]): tf.Tensor | undefined {
  const one = (Array.isArray(mask) ? mask[0] : mask) ?? undefined;
  return one?.shape[0] === 1 && one.rank === [inputs].flat()[0]?.rank ? tf.squeeze(one, [0]) : one;
}

/** No mask, in TensorFlow.js's words, which its types leave out. */
export const NO_MASK = null as unknown as tf.Tensor;
