/**
 * `softpool/internal`: what the sibling packages share with `softpool`. It may change in any release; import it only from packages
 * of this repository.
 *
 * @module
 */
export {
  type ArgumentError,
  type ArgumentErrorFields,
  argumentMessage,
  checkInteger,
  checkKeys,
  checkOneOf,
  describe,
  isArgumentError,
  rangeError,
  typeError,
} from './api/errors.ts';
export { adaptiveJob, globalJob, type Job, poolJob } from './calls.ts';
export { backward, forward, SMALLEST_NORMAL } from './definition.ts';
export { decodeFloat16, encodeFloat16, fromNumbers, toNumbers } from './float16.ts';
export { adaptiveGeometry, globalGeometry, type PoolGeometry, windowGeometry } from './geometry.ts';
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
} from './options.ts';
export { checkOperator } from './options.ts';
export { runDefinition } from './run-definition.ts';
export { type DType, dtypeOf, type FloatArray, type Tensor } from './tensor.ts';
