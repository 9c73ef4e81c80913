/**
 * The backends under test: the fourteen calls, each giving its result at once or as a promise.
 */
import type {
  AdaptivePoolOptions,
  GlobalPoolOptions,
  Gradient,
  PoolGeometry,
  PoolOptions,
  SoftPoolCallsOn,
  Tensor,
} from 'softpool/internal';
import { checkAdaptiveWindows, checkGlobalWindows, checkPoolWindows, geometryOf as geometryOfWindows } from 'softpool/internal';

/** The calls of `softpool`, or of anything that offers the same. */
export type Backend = SoftPoolCallsOn<Tensor, Tensor | Promise<Tensor>>;

/** A number of spatial axes. */
export type Dims = 1 | 2 | 3;

/** One of the calls, and its options. */
export type Call =
  | { readonly kind: 'pool'; readonly dims: Dims; readonly options: PoolOptions }
  | { readonly kind: 'adaptive'; readonly dims: Dims; readonly options: AdaptivePoolOptions }
  | { readonly kind: 'global'; readonly dims: Dims; readonly options: GlobalPoolOptions };

/** The forward pass of a call. */
export async function pool(backend: Backend, { kind, dims, options }: Call, x: Tensor): Promise<Tensor> {
  if (kind === 'global') return backend.globalSoftPool(x, options);
  if (kind === 'adaptive') return backend[`adaptiveSoftPool${dims}d`](x, options as AdaptivePoolOptions<never>);
  return backend[`softPool${dims}d`](x, options as PoolOptions<never>);
}

/** The gradient of a call. */
export async function poolGrad(
  backend: Backend,
  { kind, dims, options }: Call,
  x: Tensor,
  dy: Tensor,
  gradient?: Gradient,
): Promise<Tensor> {
  if (kind === 'global') return backend.globalSoftPoolGrad(x, dy, { ...options, gradient });
  if (kind === 'adaptive') return backend[`adaptiveSoftPool${dims}dGrad`](x, dy, { ...(options as AdaptivePoolOptions<never>), gradient });
  return backend[`softPool${dims}dGrad`](x, dy, { ...(options as PoolOptions<never>), gradient });
}

/** The geometry of a call; undefined if a window would be empty. */
export function geometryOf({ kind, dims, options }: Call, shape: readonly number[]): PoolGeometry | undefined {
  const call = 'specification';
  try {
    if (kind === 'global') return geometryOfWindows(call, checkGlobalWindows(call, 'x.shape', shape, options));
    if (kind === 'adaptive') return geometryOfWindows(call, checkAdaptiveWindows(call, 'x.shape', shape, dims, options));
    return geometryOfWindows(call, checkPoolWindows(call, 'x.shape', shape, dims, options));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
