/**
 * `@softpool/tfjs/ops`: the ops of `@softpool/tfjs` with their gradients, for the backends `wasm`
 * and `cpu`. Unlike the main entry, it does not need `@tensorflow/tfjs-layers`.
 *
 * @module
 */
import './backends/cpu.ts';
import './backends/wasm.ts';

export {
  adaptiveSoftPool1d,
  adaptiveSoftPool2d,
  adaptiveSoftPool3d,
  type GlobalSoftPoolOptions,
  globalSoftPool,
  type SoftPoolOperator,
  type SoftPoolOptions,
  softPool1d,
  softPool2d,
  softPool3d,
} from './ops/soft-pool.ts';
export type { DataFormat, Dims, ExplicitPadding, Pad, RoundingMode } from './ops/windows.ts';
