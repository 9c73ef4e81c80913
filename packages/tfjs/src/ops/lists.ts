/** Nested lists of numbers in place of a tensor. */
import * as tf from '@tensorflow/tfjs-core';
import { typeError } from 'softpool/internal';

/**
 * The tensor of nested lists, which may hold typed arrays. TensorFlow.js takes the shape from the
 * first of each, and whatever the others hold for numbers.
 */
export function tensorOfLists(call: string, argument: string, expected: string, lists: tf.TensorLike): tf.Tensor {
  try {
    const tensor = isShallow(lists) ? tf.tensor(lists) : undefined;
    if (tensor !== undefined && isEven(lists, tensor.shape, tensor.dtype === 'bool')) return tensor;
    tensor?.dispose();
  } catch {
    // Neither a list nor a number: the error below says so.
  }
  throw typeError(call, argument, expected, lists);
}

/** Whether lists have no more axes than a tensor may have: one that holds itself has no end. */
function isShallow(lists: unknown): boolean {
  let list = lists;
  for (let axis = 0; axis < 6; axis++) {
    if (!Array.isArray(list)) return true;
    list = list[0];
  }
  return !Array.isArray(list);
}

/** Whether lists have this shape everywhere, with numbers or booleans in them, or booleans only. */
function isEven(lists: unknown, [length, ...shape]: readonly number[], areBooleans: boolean): boolean {
  if (length === undefined) return typeof lists === 'boolean' || (typeof lists === 'number' && !areBooleans);
  if (ArrayBuffer.isView(lists)) return !areBooleans && shape.length === 0 && (lists as Float32Array).length === length;
  // Not `every`, which skips holes.
  return Array.isArray(lists) && lists.length === length && lists.findIndex((list) => !isEven(list, shape, areBooleans)) === -1;
}
