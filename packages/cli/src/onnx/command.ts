/** `softpool onnx`: its commands, their options and their help. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { numberAbove0, seedOf, sharpness, weightsOf, wholeNumber } from '../values.ts';
import { runBench } from './bench.ts';
import { type BenchFlags, type CheckFlags, runCheck } from './check.ts';
import type { InputShape } from './inputs.ts';
import { runInspect } from './inspect.ts';
import { runSwap, type SwapFlags } from './swap.ts';

const OPS = ['MaxPool', 'AveragePool', 'GlobalMaxPool', 'GlobalAveragePool'];

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
  softpool onnx swap model.onnx -o soft.onnx --from MaxPool,AveragePool --where pool1 3 --beta 2 --inline`;

const RUN_HELP = `
Needs onnxruntime-node, which is not installed with this command. Inputs are random numbers as activations have them, mean 0 and standard deviation 1,
the same for the same --seed; or those of --input, float32 in the order of the model's tensor. Integers and booleans are 0. Sizes that the model leaves
open are 1, unless --shape gives them.
${STATUS}
Examples:
  softpool onnx check resnet18.onnx resnet18-soft.onnx --shape 1x3x224x224
  softpool onnx bench resnet18.onnx resnet18-soft.onnx --shape 1x3x224x224 --runs 50 --threads 1`;

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
      new Option('--from <operators>', `what to replace: ${OPS.join(', ')}, or several, with commas`)
        .argParser(opsOf)
        .default(['MaxPool'], 'MaxPool'),
    )
    .option('--where <names...>', 'replace only these, by name, path or number, as inspect lists them')
    .addOption(new Option('--kernel <kind>', 'which window takes the place of 3×3/2').choices(['paper', 'same']).default('paper'))
    .option('--beta <number>', 'sharpness; 0 averages, large values approach max (default: 1)', sharpness)
    .addOption(
      new Option(
        '--weights <kind>',
        'shared: one weight per position; per-channel: each channel by itself (default: per-channel)',
      ).argParser(weightsOf),
    )
    .option('--inline', 'put the operators in the place of each node')
    .option('--json', 'print what was done as JSON')
    .option('--force', 'replace a file that is there')
    .addHelpText('after', SWAP_HELP)
    .action(async (model: string, flags: SwapFlags) => finish(await runSwap(model, flags)));
  const check = runs('check', 'compare the outputs of two models')
    .description('Run two models on the same input, and compare the shapes and the numbers of their outputs.')
    .action(async (before: string, after: string, flags: CheckFlags) => finish(await runCheck(before, after, flags)));
  const bench = runs('bench', 'compare the speed of two models')
    .description('Run two models in turn on the same input, and compare how long they take.')
    .option('--runs <n>', 'how often each is measured', wholeNumber(1, 100_000), 30)
    .action(async (before: string, after: string, flags: BenchFlags) => finish(await runBench(before, after, flags)));
  return new Command('onnx')
    .summary('work on ONNX models')
    .description('Work on ONNX models.')
    .addCommand(inspect)
    .addCommand(swap)
    .addCommand(check)
    .addCommand(bench);
}

function runs(name: string, summary: string): Command {
  return new Command(name)
    .summary(summary)
    .argument('<before.onnx>', 'a model')
    .argument('<after.onnx>', 'the same with other pooling')
    .option('--shape <shapes...>', 'the shape of the input, as in 1x3x224x224; of several, as in name=1x3x224x224', shapes, [])
    .option('--input <file>', 'the numbers of the only input')
    .option('--scale <number>', 'the standard deviation of random numbers', numberAbove0(), 1)
    .option('--seed <n>', 'of random numbers', seedOf, 1)
    .option('--threads <n>', 'threads of ONNX Runtime (default: those of the processor)', wholeNumber(1, 1024))
    .option('--json', 'print as JSON')
    .addHelpText('after', RUN_HELP);
}

function opsOf(text: string): string[] {
  const ops = text.split(',');
  if (!ops.every((op) => OPS.includes(op))) throw new InvalidArgumentError(`It must be ${OPS.join(', ')}, or several of them.`);
  return ops;
}

function shapes(text: string, previous: readonly InputShape[]): InputShape[] {
  const [, name, sizes = ''] = /^(?:(.*)=)?([^=]*)$/.exec(text) ?? [];
  const shape = sizes === '' ? [] : sizes.split(/[x×]/i).map((size) => (/^[1-9]\d{0,8}$/.test(size) ? Number(size) : Number.NaN));
  if (shape.length === 0 || !shape.every(Number.isInteger))
    throw new InvalidArgumentError('It must be as in 1x3x224x224 or name=1x3x224x224.');
  return [...previous, { name, shape }];
}
