/** Random inputs of models, determined by a seed. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { product } from 'softpool/internal';
import { elementsOf, isFloat, type TensorType, type TensorValue } from './elements.ts';

/** Numbers of the normal distribution with mean 0 and standard deviation 1 (Box and Muller). */
export function normalNumbers(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  const uniform = (): number => uniformFloat64(generator);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/**
 * A tensor of the numbers that `next` gives, if the type has fractions. Integers may be indices, of
 * which only 0 is always valid.
 */
export function randomTensor(type: TensorType, shape: readonly number[], next: () => number): TensorValue {
  const length = product(shape);
  const values = isFloat(type) ? Float32Array.from({ length }, next) : new Float32Array(length);
  return { type, data: elementsOf(type, values), shape };
}
