/** Nested lists of numbers in place of a tensor. */
import * as tf from '@tensorflow/tfjs-core';
import { typeError } from 'softpool/internal';

/**
 * The tensor of nested lists, which may hold typed arrays. TensorFlow.js takes the shape from the
 * first of each, and whatever the others hold for numbers.
 */
export function tensorOfLists(call: string, argument: string, expected: string, lists: tf.TensorLike): tf.Tensor {
  try {
    const tensor = tf.tensor(lists);
    if (tensor.dtype === 'string' || isEven(lists, tensor.shape)) return tensor;
    tensor.dispose();
  } catch {
    // Neither a list nor a number: the error below says so.
  }
  throw typeError(call, argument, expected, lists);
}

/** Whether lists have this shape everywhere, with numbers or booleans in them. */
function isEven(lists: unknown, [length, ...shape]: readonly number[]): boolean {
  if (length === undefined) return typeof lists === 'number' || typeof lists === 'boolean';
  if (ArrayBuffer.isView(lists)) return shape.length === 0 && (lists as Float32Array).length === length;
  // Not `every`, which skips holes.
  return Array.isArray(lists) && lists.length === length && lists.findIndex((list) => !isEven(list, shape)) === -1;
}
