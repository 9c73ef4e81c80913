/** The flags of `softpool swap`. */
import type { Target } from '@softpool/onnx';
import type { PoolingKind, PoolingTarget, SwapPoolingOptions } from '@softpool/surgery';
import { UsageError } from '../../shared/exit-codes.ts';
import type { ReportFlags } from '../../shared/report-written.ts';

/** What commander makes of the arguments. */
export interface SwapFlags extends ReportFlags {
  readonly output: string;
  readonly from: readonly PoolingKind[];
  readonly to: PoolingTarget;
  readonly where?: readonly string[];
  readonly window?: 'paper' | 'same';
  readonly beta?: number;
  readonly poolWeights?: 'shared' | 'perChannel';
  readonly gradient?: 'weights' | 'exact';
  readonly inline?: boolean;
  readonly for?: Target;
  readonly force?: boolean;
}

/** Throws a UsageError if flags contradict each other. */
export function checkFlags({ from, to, window, beta, poolWeights, gradient }: SwapFlags): void {
  const same = from.find((kind) => kind.replace('global', '').toLowerCase() === to);
  if (same !== undefined) throw new UsageError(`--from ${same} is ${to} pooling already, as --to says`);
  const softOnly = { '--beta': beta, '--pool-weights': poolWeights, '--gradient': gradient, '--window': window };
  const [given] = Object.entries(softOnly).find(([, value]) => value !== undefined) ?? [];
  if (given !== undefined && to !== 'soft') throw new UsageError(`${given} needs --to soft`);
  if (window !== undefined && !from.includes('max')) throw new UsageError('--window needs --from max');
}

/** The options of the library; an integer in --where is an index. */
export function swapOptions({ from, where, window, beta, poolWeights }: SwapFlags): Omit<SwapPoolingOptions, 'to' | 'gradient'> {
  return { from, where: where?.map((name) => (/^\d+$/.test(name) ? Number(name) : name)), window, beta, weights: poolWeights };
}
