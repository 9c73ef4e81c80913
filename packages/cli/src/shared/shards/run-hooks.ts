/** How a shard is run, and where it is. */
import type { ShardHooks } from './interface.ts';
import type { LedgerLine } from './ledger.ts';

/** Hooks of the command itself, which shows each line. */
export interface RunHooks extends ShardHooks {
  /** Called after each input. */
  readonly onLine?: ((line: LedgerLine) => void) | undefined;
}

/** A shard in an output folder. */
export interface ShardPlace {
  readonly name: string;
  /** The output folder. */
  readonly folder: string;
  /** The path that the names of its records start with: `out/00003`. */
  readonly path: string;
}

/** Counts the inputs of a shard, and calls the hooks. */
export function createReporter(
  { name }: ShardPlace,
  { onLine, onProgress }: RunHooks,
  total?: number,
  before = { finished: 0, failed: 0 },
) {
  let { finished, failed } = before;
  const report = (): void => onProgress?.({ shard: name, finished, failed, total });
  report();
  return (line: LedgerLine): void => {
    finished++;
    if (line.status === 'failed') failed++;
    onLine?.(line);
    report();
  };
}
