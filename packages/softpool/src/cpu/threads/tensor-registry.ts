/**
 * Which tensors `allocate` and calls have made, and how many calls use each, so that a tensor that
 * was freed, or lies where none was allocated, is an error in place of wrong numbers.
 */
import { rangeError, typeError } from '../../api/errors.ts';
import type { FloatArray, Tensor } from '../../api/tensor.ts';

/** The tensors of one memory. */
export interface TensorRegistry {
  /** Whether a tensor was added and is not freed. */
  has(tensor: Tensor): boolean;
  /** Notes a new tensor. */
  add(tensor: Tensor): void;
  /**
   * Notes that a tensor is freed. Throws unless it was added, is not freed yet, and no call uses
   * it.
   */
  remove(tensor: Tensor): void;
  /**
   * Notes that a call uses these tensors, by their names, until the function that it returns is
   * called.
   */
  use(call: string, tensors: Readonly<Record<string, Tensor | undefined>>): () => void;
}

/** An empty registry. All tensors in `memory` must be in it; those elsewhere may be. */
export function createTensorRegistry(memory?: ArrayBufferLike): TensorRegistry {
  const uses = new Map<FloatArray, number>();
  const freed = new WeakSet<FloatArray>();
  /** The tensor that these elements are, or that they are a view of. */
  const find = (data: FloatArray): FloatArray | undefined => (uses.has(data) ? data : [...uses.keys()].find((each) => holds(each, data)));
  return {
    has: ({ data }) => find(data) !== undefined,
    add({ data }) {
      uses.set(data, 0);
    },
    remove(tensor) {
      if (!ArrayBuffer.isView(tensor?.data)) throw typeError('free', 'tensor', 'a tensor { data, shape }', tensor);
      const { data } = tensor;
      if (!uses.has(data)) throw rangeError('free', 'tensor', 'one that was allocated here and not freed yet', tensor);
      if (uses.get(data) !== 0) throw new Error('free: a call uses the tensor; await it first');
      uses.delete(data);
      freed.add(data);
    },
    use(call, tensors) {
      const used: FloatArray[] = [];
      for (const [name, tensor] of Object.entries(tensors)) {
        if (tensor === undefined) continue;
        const { data } = tensor;
        const found = freed.has(data) ? undefined : find(data);
        if (found !== undefined) used.push(found);
        else if (freed.has(data) || data.buffer === memory) {
          throw rangeError(call, name, 'a tensor that was allocated here and not freed yet', tensor);
        }
      }
      const count = (step: 1 | -1): void => {
        for (const data of used) uses.set(data, (uses.get(data) ?? 0) + step);
      };
      count(1);
      return () => count(-1);
    },
  };
}

function holds(whole: FloatArray, part: FloatArray): boolean {
  const start = part.byteOffset - whole.byteOffset;
  return whole.buffer === part.buffer && start >= 0 && start + part.byteLength <= whole.byteLength;
}
