/** `softpool fold`: its options and its help. */
import { Command, Option } from 'commander';
import { dryRunOption, forceOption, jsonOption, outputOption, quietOption, targetOption } from '../../shared/arguments/options.ts';
import { EXIT_CODES_HELP, type SetExitCode } from '../../shared/exit-codes.ts';
import { onThread } from '../../shared/thread.ts';
import type { FoldFlags } from './run.ts';

const HELP = `
Networks that were trained with a copy of SoftPool have it in their ONNX files as exponentials and
average pooling, and give NaN where these overflow, from inputs of 88.7 on. fold finds such
compositions and puts a stable function of standard operators in their place. Results stay the same
otherwise, and so do weights and names. What is nearly soft pooling stays, and the report says how
it differs. External weights stay where they are, so the new file must be in the same folder.

${EXIT_CODES_HELP}

Examples:
  softpool fold yolo-softpool.onnx -o stable.onnx
  softpool fold yolo-softpool.onnx -o stable.onnx --inline
  softpool fold yolo-softpool.onnx -o stable.onnx --dry-run`;

/** The command. `setExitCode` gets its exit code. */
export function foldCommand(setExitCode: SetExitCode): Command {
  return new Command('fold')
    .summary('make exported soft pooling stable')
    .description('Replace soft pooling that was exported to ONNX as exponentials by a stable function.')
    .argument('<model>', 'an ONNX file')
    .addOption(outputOption('path', 'file to write').makeOptionMandatory())
    .addOption(new Option('--inline', 'write SoftPool as operators, for runtimes without functions'))
    .addOption(targetOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .addOption(dryRunOption())
    .addOption(forceOption())
    .addHelpText('after', HELP)
    .action(async (model: string, flags: FoldFlags) => {
      setExitCode(await onThread(async () => (await import('./run.ts')).runFold(model, flags)));
    });
}
