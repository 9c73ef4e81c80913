/**
 * `softpool/internal`: functions and types for the sibling packages. It may change in any
 * release; import it only from packages of this repository.
 *
 * @module
 */

export { BoundedCache } from './api/bounded-cache.ts';
export type { SoftPoolCallsOn } from './api/calls.ts';
export { type Call, callsOf } from './api/calls-of.ts';
export {
  type ArgumentError,
  type ArgumentErrorFields,
  argumentMessage,
  checkInteger,
  checkKeys,
  checkOneOf,
  checkSignal,
  describe,
  isArgumentError,
  rangeError,
  throwIfAborted,
  typeError,
} from './api/errors.ts';
export { decodeFloat16, encodeFloat16, fromNumbers, toNumbers } from './api/float16.ts';
export { type Job, jobOf } from './api/job.ts';
export { jsonText } from './api/json-text.ts';
export { nextTask } from './api/next-task.ts';
export type {
  AdaptivePoolOptions,
  GlobalPoolOptions,
  Gradient,
  GradientOptions,
  Layout,
  Operator,
  OperatorOptions,
  PoolOptions,
  Weights,
} from './api/options.ts';
export { checkOperator } from './api/options.ts';
export { arrayName, type DType, dtypeOf, type FloatArray, type Tensor } from './api/tensor.ts';
export { decodeBytes } from './cpu/decode-bytes.ts';
export { availableThreads, type Channel, openChannel } from './cpu/threads/channel.ts';
export { checkAdaptiveWindows, checkGlobalWindows, checkPoolWindows } from './geometry/check-windows.ts';
export { geometryOf, type PoolGeometry, poolGeometry } from './geometry/pool-geometry.ts';
export { product } from './geometry/product.ts';
export { type Sharpness, sharpness } from './gpu/sharpness.ts';
export { backward, forward } from './reference/formula.ts';
export { runDefinition } from './reference/run.ts';
