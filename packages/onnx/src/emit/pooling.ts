/** A soft pooling to emit. */
import type { ElementType, PoolingInfo, PoolingWindow } from '@softpool/surgery';
import type { Weights } from 'softpool';
import type { Target } from './target.ts';

/** A soft pooling of an ONNX model. */
export interface SoftPooling {
  /** The window; `undefined` for global pooling. */
  readonly window: PoolingWindow | undefined;
  /** Sharpness β. */
  readonly beta: number;
  /** Whether channels have weights of their own or share them. */
  readonly weights: Weights;
  /** The type of the input's elements. */
  readonly elementType: ElementType;
  /** Where the model is to run, which chooses the operators. */
  readonly target: Target;
  /** The number of the input's channels, if the model states it. */
  readonly channels: number | undefined;
}

/** The number of channels in a shape, if it is known. */
export function channelsIn(shape: PoolingInfo['inputShape']): number | undefined {
  const channels = shape?.[1];
  return typeof channels === 'number' ? channels : undefined;
}
