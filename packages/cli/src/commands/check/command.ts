/** `softpool check`: its options and its help. */
import type { Command } from 'commander';
import type { SetExitCode } from '../../shared/exit-codes.ts';
import type { PairFlags } from '../../shared/inference/open-pair.ts';
import { pairCommand } from '../../shared/inference/options.ts';
import { onThread } from '../../shared/thread.ts';

const EXAMPLES = `  softpool check resnet18.onnx resnet18-soft.onnx --input-size 1x3x224x224
  softpool check resnet18.onnx resnet18-soft.onnx --images photos --resize 256 --crop 224 --normalize imagenet
  softpool check model/model.json soft/model.json --images photos`;

/** The command. `setExitCode` gets its exit code. */
export function checkCommand(setExitCode: SetExitCode): Command {
  return pairCommand('check', EXAMPLES)
    .summary('compare the outputs of two models')
    .description('Run two models on the same inputs, and compare the shapes and values of their outputs.')
    .action(async (before: string, after: string, flags: PairFlags) => {
      setExitCode(await onThread(async () => (await import('./run.ts')).runCheck(before, after, flags)));
    });
}
