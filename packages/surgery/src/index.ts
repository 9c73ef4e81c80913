/**
 * The rules of pooling surgery, which `@softpool/tfjs` and `@softpool/onnx` share: which poolings
 * of a model SoftPool replaces, with which window, and how the report says it. Those packages read
 * and write the models.
 *
 * @module
 */
export {
  type Decision,
  decide,
  type KeptPooling,
  type PoolingSite,
  type ReplacedPooling,
  type ZerosBefore,
} from './decide.ts';
export { AVERAGES_EXPONENTIALS, type GraphReader, readsExponential } from './exponentials.ts';
export { type CheckedSwapOptions, checkNames, checkSwapOptions, isNamed, type Offered, type SwapPoolingOptions } from './options.ts';
export type { PaperWindow } from './paper-window.ts';
export {
  DEFAULT_OPERATOR,
  type ElementType,
  POOLING_KINDS,
  type PoolingInfo,
  type PoolingKind,
  type PoolingShape,
  type PoolingTarget,
  type PoolingWindow,
  type SoftOperator,
} from './pooling.ts';
export { changeOf, changesTable, type PoolingChange, poolingsTable, type TextTable, whyUnchanged } from './report.ts';
export { poolingInWords, shapeInWords } from './words.ts';
