/**
 * Keeps alpha out of shared weights. SoftPool's shared weight of a pixel is Σ_c exp(β x_c) over all
 * channels, alpha included; the weight of a pixel must come from its colors alone. A value far
 * below the others adds nothing to that sum, and a constant that is subtracted before pooling can
 * be added afterwards: alpha is lowered while it is pooled.
 */
import type { Tensor } from 'softpool';
import type { PoolImagePlan } from './pool-image-options.ts';

/** A tensor of a precision that pooling may need. */
export type FloatTensor = Tensor<Float32Array | Float64Array>;

/** What is pooled, and how its result becomes the pooled image. */
export interface SeparatedAlpha {
  readonly input: FloatTensor;
  restore(pooled: FloatTensor): Tensor<Float32Array>;
}

/**
 * Where alpha is lowered, its share of a weight is at most e^-20 of black's: less than float32 can
 * show.
 */
const LOWERED_EXPONENT = 20;

/**
 * Lowered by more than this, alpha has too few bits left in float32 for 16-bit samples; float64 is
 * used instead.
 */
const MOST_LOWERED_FLOAT32 = 8;

/** Below this β all weights are equal in float32, so alpha may take part in them. */
const SMALLEST_BETA = 1e-6;

/** Prepares x, `[height, width, channels]`, for soft pooling. May change x. */
export function separateAlpha(x: Tensor<Float32Array>, { beta, weights }: PoolImagePlan): SeparatedAlpha {
  const channels = x.shape[2] as number;
  if (weights !== 'shared' || channels % 2 === 1 || beta < SMALLEST_BETA) return { input: x, restore: toFloat32 };
  const lowered = 1 + LOWERED_EXPONENT / beta;
  const input = lowered > MOST_LOWERED_FLOAT32 ? { ...x, data: Float64Array.from(x.data) } : x;
  addToAlpha(input, channels, -lowered);
  return {
    input,
    restore: (pooled) => {
      addToAlpha(pooled, channels, lowered);
      return toFloat32(pooled);
    },
  };
}

function addToAlpha({ data }: FloatTensor, channels: number, value: number): void {
  for (let i = channels - 1; i < data.length; i += channels) (data[i] as number) += value;
}

function toFloat32({ data, shape }: FloatTensor): Tensor<Float32Array> {
  return { data: data instanceof Float32Array ? data : Float32Array.from(data), shape };
}
