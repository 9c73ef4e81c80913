/** Expectations of tensors; an error names the first wrong element. */
import { type DType, dtypeOf, type Tensor, toNumbers } from 'softpool/internal';
import { TOLERANCES } from './tolerances.ts';

export function dtypeOfTensor(tensor: Tensor): DType {
  return dtypeOf('specification', 'tensor', tensor);
}

/** The elements as numbers. */
export function numbersOf({ data }: Tensor): ArrayLike<number> {
  return toNumbers(data);
}

/** The error that a result near `value` may have, including its rounding to the type. */
export function allowance(dtype: DType, tolerance: number, value: number): number {
  return tolerance + TOLERANCES[dtype].rounding(Math.abs(value) + tolerance);
}

/** Expects every element within its tolerance. NaN and infinities must be the same. */
export function expectWithin(what: string, actual: Tensor, expected: ArrayLike<number>, tolerance: ArrayLike<number>, results = 1): void {
  const dtype = dtypeOfTensor(actual);
  const { largest, relative } = TOLERANCES[dtype];
  const values = numbersOf(actual);
  if (values.length !== expected.length) throw new Error(`${what} has ${values.length} elements instead of ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    const [value, target, near] = [values[i] as number, expected[i] as number, tolerance[i] as number];
    if (Object.is(value, target)) continue;
    if (!(near / relative <= largest)) continue; // the terms of this element exceed its type
    const allowed = results * allowance(dtype, near, target);
    if (Math.abs(value - target) <= allowed) continue;
    // Beyond the type's largest number, rounding gives infinity.
    if (
      !Number.isFinite(value) &&
      Math.sign(value) === Math.sign(target) &&
      Math.abs(target) + allowed >= largest &&
      Number.isFinite(target)
    )
      continue;
    throw new Error(`${what}[${i}] is ${value}, expected ${target} ± ${allowed}${howFar(value, target, near, relative)}`);
  }
}

function howFar(value: number, target: number, tolerance: number, relative: number): string {
  const off = Math.abs(value - target);
  return Number.isFinite(off) && tolerance > 0
    ? ` (off by ${(off / tolerance).toPrecision(3)} tolerances, ${((off / tolerance) * relative).toExponential(2)} of the scale)`
    : '';
}

/** Expects two results within the tolerance of the same value. */
export function expectAlike(what: string, a: Tensor, b: Tensor, tolerance: ArrayLike<number>): void {
  expectWithin(what, a, numbersOf(b), tolerance, 2);
}

/** Expects two results with the same bits. */
export function expectSame(what: string, a: Tensor, b: Tensor): void {
  const [left, right] = [bytesOf(a), bytesOf(b)];
  if (left.length !== right.length) throw new Error(`${what}: ${left.length} and ${right.length} bytes`);
  const i = left.findIndex((byte, at) => byte !== right[at]);
  if (i < 0) return;
  const element = Math.floor(i / a.data.BYTES_PER_ELEMENT);
  throw new Error(`${what}: element ${element} is ${numbersOf(a)[element]} in one, ${numbersOf(b)[element]} in the other`);
}

/** Expects this shape, the element type of `like`, and new memory. */
export function expectForm(what: string, actual: Tensor, like: Tensor, shape: readonly number[]): void {
  if (actual.shape.join() !== shape.join()) throw new Error(`${what} has the shape [${actual.shape}] instead of [${shape}]`);
  if (actual.data.constructor !== like.data.constructor || actual.dtype !== like.dtype) {
    throw new Error(
      `${what} is a ${actual.data.constructor.name} (${actual.dtype}) instead of a ${like.data.constructor.name} (${like.dtype})`,
    );
  }
  if (actual.data.buffer === like.data.buffer) throw new Error(`${what} shares its memory with the input`);
}

/** Runs `body`, and expects that the tensors keep their bits. */
export async function keeping(tensors: readonly Tensor[], body: () => Promise<void>): Promise<void> {
  const before = tensors.map((tensor) => ({ bytes: bytesOf(tensor).slice(), shape: tensor.shape.join() }));
  await body();
  tensors.forEach((tensor, i) => {
    const now = bytesOf(tensor);
    if (before[i]?.bytes.some((byte, at) => byte !== now[at]) || before[i]?.shape !== tensor.shape.join())
      throw new Error('an input has been written to');
  });
}

function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
