/**
 * The tensors of a job in whatever form they are needed: as tensors, bytes, addresses or areas of
 * the staging memory.
 */
import type { Job } from '../api/job.ts';
import { isFloat16Bits, type Tensor } from '../api/tensor.ts';

/** The tensors that a job reads and writes. */
export interface Operands<T> {
  /** x, and in a gradient dy. */
  readonly inputs: readonly T[];
  /** y, or in a gradient dx. */
  readonly result: T;
}

/** The same operands in another form. */
export function mapOperands<T, U>({ inputs, result }: Operands<T>, map: (operand: T) => U): Operands<U> {
  return { inputs: inputs.map((each) => map(each)), result: map(result) };
}

/** Numbers as the kernels' memory holds them; float16 as bits. */
export type Numbers = Float64Array | Float32Array | Uint16Array;

/** The numbers of a job's tensors and of its result. */
export function operandsOf(job: Job, result: Tensor): Operands<Numbers> {
  const x = numbersOf(job.x);
  return { inputs: job.kind === 'forward' ? [x] : [x, numbersOf(job.dy)], result: numbersOf(result) };
}

/** The numbers of a tensor. */
export function numbersOf({ data }: Tensor): Numbers {
  // Only an engine's own Float16Array is of another class.
  if (data.BYTES_PER_ELEMENT === 2 && !isFloat16Bits(data)) return new Uint16Array(data.buffer, data.byteOffset, data.length);
  return data as Numbers;
}
