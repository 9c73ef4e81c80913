/** Makes the fourteen calls from one function that runs a call. */
import {
  ADAPTIVE_KEYS,
  type CheckedWindows,
  checkAdaptiveWindows,
  checkGlobalWindows,
  checkPoolWindows,
  type Dims,
  GLOBAL_KEYS,
  POOL_KEYS,
} from '../geometry/check-windows.ts';
import type { SoftPoolCallsOn } from './calls.ts';
import type {
  AdaptivePoolOptions,
  GlobalPoolOptions,
  GradientOptions,
  MaskOptions,
  OperatorOptions,
  PoolOptions,
  ResultOptions,
  SignalOptions,
} from './options.ts';

/** A call as the caller made it: nothing is checked yet. */
export type Call<Given> = ForwardCall<Given> | GradientCall<Given>;

interface ForwardCall<Given> extends AnyCall<Given> {
  readonly kind: 'forward';
}

interface GradientCall<Given> extends AnyCall<Given> {
  readonly kind: 'gradient';
  readonly dy: Given;
}

interface AnyCall<Given> {
  /** What errors call it, such as `'softPool2d'`. */
  readonly name: string;
  readonly x: Given;
  readonly options: OperatorOptions & GradientOptions & MaskOptions & ResultOptions<Given> & SignalOptions;
  /** Checks the window options for an x of this shape. */
  windows(shape: readonly number[]): CheckedWindows;
}

/** Checks the window options of one of the calls. */
type CheckWindows<Options> = (call: string, path: string, shape: readonly number[], options: Options) => CheckedWindows;

/**
 * The fourteen calls; each hands itself to `run`. `more` are the options that they have besides
 * those of the windows and the operator, and `ofGlobal` those that only the global calls have.
 */
export function callsOf<Given, Result>(
  run: (call: Call<Given>) => Result,
  more: readonly (keyof (ResultOptions<Given> & SignalOptions))[] = [],
  ofGlobal: readonly (keyof MaskOptions)[] = [],
): SoftPoolCallsOn<Given, Result> {
  const poolKeys = [...POOL_KEYS, ...more];
  const pool =
    (dims: Dims): CheckWindows<PoolOptions> =>
    (call, path, shape, options) =>
      checkPoolWindows(call, path, shape, dims, options, poolKeys);
  const adaptiveKeys = [...ADAPTIVE_KEYS, ...more];
  const adaptive =
    (dims: Dims): CheckWindows<AdaptivePoolOptions> =>
    (call, path, shape, options) =>
      checkAdaptiveWindows(call, path, shape, dims, options, adaptiveKeys);
  const globalKeys = [...GLOBAL_KEYS, ...ofGlobal, ...more];
  const global: CheckWindows<GlobalPoolOptions> = (call, path, shape, options) =>
    checkGlobalWindows(call, path, shape, options, globalKeys);
  const forward =
    <Options extends OperatorOptions>(name: string, check: CheckWindows<Options>) =>
    (x: Given, options: Options): Result =>
      run({ kind: 'forward', name, x, options, windows: (shape) => check(name, 'x.shape', shape, options) });
  const gradient =
    <Options extends OperatorOptions & GradientOptions>(name: string, check: CheckWindows<Options>) =>
    (x: Given, dy: Given, options: Options): Result =>
      run({ kind: 'gradient', name, x, dy, options, windows: (shape) => check(name, 'x.shape', shape, options) });
  const globalForward = forward('globalSoftPool', global);
  const globalGradient = gradient('globalSoftPoolGrad', global);
  return {
    softPool1d: forward('softPool1d', pool(1)),
    softPool2d: forward('softPool2d', pool(2)),
    softPool3d: forward('softPool3d', pool(3)),
    softPool1dGrad: gradient('softPool1dGrad', pool(1)),
    softPool2dGrad: gradient('softPool2dGrad', pool(2)),
    softPool3dGrad: gradient('softPool3dGrad', pool(3)),
    globalSoftPool: (x: Given, options: GlobalPoolOptions = {}) => globalForward(x, options),
    globalSoftPoolGrad: (x: Given, dy: Given, options: GlobalPoolOptions & GradientOptions = {}) => globalGradient(x, dy, options),
    adaptiveSoftPool1d: forward('adaptiveSoftPool1d', adaptive(1)),
    adaptiveSoftPool2d: forward('adaptiveSoftPool2d', adaptive(2)),
    adaptiveSoftPool3d: forward('adaptiveSoftPool3d', adaptive(3)),
    adaptiveSoftPool1dGrad: gradient('adaptiveSoftPool1dGrad', adaptive(1)),
    adaptiveSoftPool2dGrad: gradient('adaptiveSoftPool2dGrad', adaptive(2)),
    adaptiveSoftPool3dGrad: gradient('adaptiveSoftPool3dGrad', adaptive(3)),
  };
}
