/** `softpool onnx`: its commands, their options and their help. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { poolWeightsOption } from '../../shared/arguments/options.ts';
import { sharpness, wholeNumber } from '../../shared/arguments/values.ts';
import { type BenchFlags, runBench } from './bench.ts';
import { type CheckFlags, runCheck } from './check.ts';
import { exportCommand } from './export-command.ts';
import { runInspect } from './inspect.ts';
import { twoModels } from './run-options.ts';
import { runSwap, type SwapFlags } from './swap.ts';

const KINDS = ['max', 'average', 'globalMax', 'globalAverage'];

const STATUS = `
Exit status: 0 all done, 1 it could not be done, and nothing was written, 2 the arguments make no sense, 129, 130 or 143 interrupted.
`;

const SWAP_HELP = `
Soft pooling comes into the model as a function of standard operators, which every runtime of opset 11 and up can run. --inline puts the operators in the
place of each node, for runtimes without functions.

Where max pooling 3×3/2 becomes soft, its window becomes the 2×2/2 of the paper's networks if outputs keep their size. --kernel same keeps it. Global
pooling stays, as in the paper, unless --from names it. Weights in other files stay where they are: the new model is written beside the old one.
${STATUS}
Examples:
  softpool onnx swap resnet18.onnx -o resnet18-soft.onnx
  softpool onnx swap model.onnx -o soft.onnx --from max,average --where pool1 3 --beta 2 --inline`;

/** The command. `finish` gets its exit status. */
export function onnxCommand(finish: (status: number) => void): Command {
  const inspect = new Command('inspect')
    .summary('list the pooling of a model')
    .description('List the pooling of a model, and what of it can be replaced.')
    .argument('<model.onnx>', 'the model')
    .option('--json', 'print as JSON')
    .addHelpText('after', STATUS)
    .action(async (model: string, flags: { readonly json?: boolean }) => finish(await runInspect(model, flags)));
  const swap = new Command('swap')
    .summary('replace the pooling of a model')
    .description('Replace the pooling of a model by SoftPool.')
    .argument('<model.onnx>', 'the model')
    .requiredOption('-o, --output <file>', 'the model to write')
    .addOption(
      new Option('--from <kinds>', `what to replace: ${KINDS.join(', ')}, or several, with commas`)
        .argParser(kindsOf)
        .default(['max'], 'max'),
    )
    .option('--where <names...>', 'replace only these, by name, path or number, as inspect lists them')
    .addOption(new Option('--kernel <kind>', 'which window takes the place of 3×3/2').choices(['paper', 'same']).default('paper'))
    .option('--beta <number>', 'sharpness; 0 averages, large values approach max (default: 1)', sharpness)
    .addOption(poolWeightsOption())
    .option('--inline', 'put the operators in the place of each node')
    .option('--json', 'print what was done as JSON')
    .option('--force', 'replace a file that is there')
    .addHelpText('after', SWAP_HELP)
    .action(async (model: string, flags: SwapFlags) => finish(await runSwap(model, flags)));
  const check = twoModels('check', 'compare the outputs of two models')
    .description('Run two models on the same input, and compare the shapes and the numbers of their outputs.')

    .action(async (before: string, after: string, flags: CheckFlags) => finish(await runCheck(before, after, flags)));
  const bench = twoModels('bench', 'compare the speed of two models')
    .description('Run two models in turn on the same input, and compare how long they take.')
    .option('--runs <n>', 'how often each is measured', wholeNumber(1, 100_000), 30)

    .action(async (before: string, after: string, flags: BenchFlags) => finish(await runBench(before, after, flags)));
  return new Command('onnx')
    .summary('work on ONNX models')
    .description('Work on ONNX models.')
    .addCommand(inspect)
    .addCommand(swap)
    .addCommand(check)
    .addCommand(bench)
    .addCommand(exportCommand(finish));
}

function kindsOf(text: string): string[] {
  const kinds = text.split(',');
  if (!kinds.every((kind) => KINDS.includes(kind))) throw new InvalidArgumentError(`It must be ${KINDS.join(', ')}, or several of them.`);
  return kinds;
}
