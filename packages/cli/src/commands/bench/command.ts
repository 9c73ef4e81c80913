/** `softpool bench`: its options and its help. */
import { type Command, Option } from 'commander';
import { integer } from '../../shared/arguments/values.ts';
import type { SetExitCode } from '../../shared/exit-codes.ts';
import { pairCommand } from '../../shared/inference/options.ts';
import { onThread } from '../../shared/thread.ts';
import type { BenchFlags } from './run.ts';

const EXAMPLES = `  softpool bench resnet18.onnx resnet18-soft.onnx --input-size 1x3x224x224 --runs 50 --threads 1
  softpool bench model/model.json soft/model.json`;

/** The command. `setExitCode` gets its exit code. */
export function benchCommand(setExitCode: SetExitCode): Command {
  return pairCommand('bench', EXAMPLES)
    .summary('compare the speed of two models')
    .description('Run two models in turn on the same inputs, and compare how long they take.')
    .addOption(
      new Option('--runs <n>', 'number of timed runs, from 1 to 100000').argParser(integer({ least: 1, most: 100_000 })).default(30, '30'),
    )
    .action(async (before: string, after: string, flags: BenchFlags) => {
      setExitCode(await onThread(async () => (await import('./run.ts')).runBench(before, after, flags)));
    });
}
