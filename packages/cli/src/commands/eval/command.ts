/** `softpool eval` and `softpool eval merge`: their options and their help. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { seedOf, wholeNumber } from '../../shared/arguments/values.ts';
import { networkOptions } from '../../shared/networks/options.ts';
import { type MergeFlags, runMerge } from './merge.ts';
import { type EvalFlags, runEval } from './run.ts';

const HELP = `
The weights are a run's folder, of which the best are taken (the final ones if there was no validation), or a file: .safetensors or PyTorch's .pth, in
torchvision's naming. Of a run network, input, data and backend are known, and whatever is given here goes before it.

Data of two parts (folders train and val, MNIST, CIFAR, generators) is evaluated on its part for validation. Other data is evaluated as a whole if --data names
it, and on what the run kept for validation if not. ImageNet's 50,000 images for validation are read as class folders (synsets), or as a flat folder with a
file of labels in it or beside it; with --augment imagenet they are resized to 256 and cut to 224. They are read as they are needed: memory does not grow.

--shard I/N evaluates part I of N, for the tasks of an array job, and softpool eval merge makes exactly the totals of one run of them.

Exit status: 0 all done, 1 it could not be done, 2 the arguments make no sense, 129, 130 or 143 interrupted.

Examples:
  softpool eval --weights runs/soft
  softpool eval --weights runs/soft --confusion confusion.png -o result.json
  softpool eval --model resnet50 --weights resnet50.pth --data imagenet/val --augment imagenet --shard 3/16 -o part-3.json
  softpool eval merge part-*.json -o whole.json`;

const MERGE_HELP = `
Each part must be there once, and all must be of the same network, data, batch size and backend.

Examples:
  softpool eval merge part-*.json
  softpool eval merge part-*.json -o whole.json --confusion confusion.svg`;

/** The command. `finish` gets its exit status. */
export function evalCommand(finish: (status: number) => void): Command {
  const command = new Command('eval')
    .summary('evaluate a network on data')
    .description('Evaluate a network: top-1, top-5, loss, each class, and which class is taken for which.')
    .enablePositionalOptions()
    .option('--weights <run or file>', 'the folder of a run, or a file of weights');
  networkOptions(command);
  command
    .addOption(new Option('--part <which>', 'validation, training or all (default: see below)').choices(['validation', 'training', 'all']))
    .option(
      '--classes <file>',
      'the names of the classes in the order of the network’s outputs, one a line, for data that lacks some of them',
    )
    .option('--seed <n>', 'of the split and of generators (default: that of the run, or 0)', seedOf)
    .option('--batch-size <n>', 'samples that are computed at once (default: 128)', wholeNumber(1))
    .option('--shard <I/N>', 'evaluate part I of N', shardOf)
    .option('--max-corrupt <n>', 'how many samples may be corrupt (default: 1 % of them)', wholeNumber(0));
  outputOptions(command)
    .addHelpText('after', HELP)
    .action(async (flags: EvalFlags) => finish(await runEval(flags)));
  const merge = new Command('merge')
    .summary('put the parts of an evaluation together')
    .description('Put the parts of an evaluation together: exactly the totals of one run.')
    .argument('<parts...>', 'what softpool eval --shard wrote');
  outputOptions(merge)
    .addHelpText('after', MERGE_HELP)
    .action(async (parts: string[], flags: MergeFlags) => finish(await runMerge(parts, flags)));
  return command.addCommand(merge);
}

function outputOptions(command: Command): Command {
  return command
    .option('-o, --output <file>', 'write the evaluation as JSON')
    .option('--confusion <file>', 'draw which class is taken for which, as .svg or .png', pictureName)
    .option('--per-class', 'print each class, of more than 20 too')
    .option('--json', 'print the evaluation as JSON')
    .option('--force', 'replace files that are there');
}

function shardOf(text: string): { index: number; count: number } {
  const [, index, count] = /^([1-9]\d{0,8})\/([1-9]\d{0,8})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index <= shard.count) return shard;
  throw new InvalidArgumentError('It must be I/N with I from 1 to N, as in 3/16.');
}

function pictureName(text: string): string {
  if (/\.(svg|png)$/i.test(text)) return text;
  throw new InvalidArgumentError('It must end in .svg or .png.');
}
