/** What the specification asks of a backend: the fourteen calls, each giving its result at once or as a promise. */

import type { AdaptivePoolOptions, GlobalPoolOptions, Gradient, GradientOptions, PoolOptions, Tensor } from 'softpool/internal';
import { adaptiveGeometry, globalGeometry, type PoolGeometry, windowGeometry } from 'softpool/internal';

type Result = Tensor | Promise<Tensor>;
type Pool<Options> = (x: Tensor, options: Options) => Result;
type PoolGrad<Options> = (x: Tensor, dy: Tensor, options: Options & GradientOptions) => Result;

/** The public calls of `softpool`, or of anything that offers the same. */
export interface Backend {
  readonly softPool1d: Pool<PoolOptions>;
  readonly softPool2d: Pool<PoolOptions>;
  readonly softPool3d: Pool<PoolOptions>;
  readonly softPool1dGrad: PoolGrad<PoolOptions>;
  readonly softPool2dGrad: PoolGrad<PoolOptions>;
  readonly softPool3dGrad: PoolGrad<PoolOptions>;
  readonly globalSoftPool: Pool<GlobalPoolOptions>;
  readonly globalSoftPoolGrad: PoolGrad<GlobalPoolOptions>;
  readonly adaptiveSoftPool1d: Pool<AdaptivePoolOptions>;
  readonly adaptiveSoftPool2d: Pool<AdaptivePoolOptions>;
  readonly adaptiveSoftPool3d: Pool<AdaptivePoolOptions>;
  readonly adaptiveSoftPool1dGrad: PoolGrad<AdaptivePoolOptions>;
  readonly adaptiveSoftPool2dGrad: PoolGrad<AdaptivePoolOptions>;
  readonly adaptiveSoftPool3dGrad: PoolGrad<AdaptivePoolOptions>;
}

export type Dims = 1 | 2 | 3;

/** Which of the calls, and its options. */
export type Call =
  | { readonly kind: 'pool'; readonly dims: Dims; readonly options: PoolOptions }
  | { readonly kind: 'adaptive'; readonly dims: Dims; readonly options: AdaptivePoolOptions }
  | { readonly kind: 'global'; readonly dims: Dims; readonly options: GlobalPoolOptions };

/** The forward pass of a call. */
export async function pool(backend: Backend, { kind, dims, options }: Call, x: Tensor): Promise<Tensor> {
  if (kind === 'global') return backend.globalSoftPool(x, options);
  if (kind === 'adaptive') return backend[`adaptiveSoftPool${dims}d`](x, options);
  return backend[`softPool${dims}d`](x, options);
}

/** Its backward pass. */
export async function poolGrad(
  backend: Backend,
  { kind, dims, options }: Call,
  x: Tensor,
  dy: Tensor,
  gradient?: Gradient,
): Promise<Tensor> {
  if (kind === 'global') return backend.globalSoftPoolGrad(x, dy, { ...options, gradient });
  if (kind === 'adaptive') return backend[`adaptiveSoftPool${dims}dGrad`](x, dy, { ...options, gradient });
  return backend[`softPool${dims}dGrad`](x, dy, { ...options, gradient });
}

/** The geometry of a call; undefined if it has none, because a window would be empty. */
export function geometryOf({ kind, dims, options }: Call, shape: readonly number[]): PoolGeometry | undefined {
  try {
    if (kind === 'global') return globalGeometry('specification', 'x', shape, options);
    if (kind === 'adaptive') return adaptiveGeometry('specification', 'x', shape, dims, options);
    return windowGeometry('specification', 'x', shape, dims, options);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
