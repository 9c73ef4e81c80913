/** `softpool eval` and `softpool eval merge`: options and help. */
import { Command, InvalidArgumentError } from 'commander';
import {
  choice,
  dryRunOption,
  forceOption,
  jsonOption,
  outputOption,
  quietOption,
  seedOption,
  threadsOption,
} from '../../shared/arguments/options.ts';
import { integer, nearest, shardOf } from '../../shared/arguments/values.ts';
import { EXIT_CODES_HELP, type SetExitCode, UsageError } from '../../shared/exit-codes.ts';
import { networkOptions } from '../../shared/networks/options.ts';
import { imageOptions, imagesHelp } from '../../shared/preprocessing/options.ts';
import { printable } from '../../shared/text.ts';
import { onThread } from '../../shared/thread.ts';
import type { OutputFlags } from './outputs.ts';
import type { EvalFlags } from './subject.ts';

const HELP = `
--weights is a file (.safetensors or PyTorch's .pth, with torchvision's names) or the folder of a
run, which provides the best weights (else the final ones) and the defaults of all other options.

If data has a split of its own, --split all evaluates its training samples only.
Without --split, the validation samples of the run's data or of data with a split of its own are
evaluated (folders train and val, MNIST, CIFAR, generators); other data is evaluated as a whole.

ImageNet's validation images are read as class folders, or as a flat folder with a label file in it
or beside it; with --augment imagenet they are resized to 256 and center-cropped to 224 pixels.

Networks run on ONNX Runtime if onnxruntime-node is installed and the network can be exported, else on
TensorFlow.js, with the same results within rounding. --runtime or --backend chooses.

--model takes an ONNX file too. It must have one input for images and one output of logits or
softmax probabilities. The classes of its outputs are those of the data, or the lines of --classes.
Its normalization must be given, by flags or by preprocessor_config.json.

Inputs of other networks are normalized as the run's, else as the network's published weights need:
(x - 0.5) / 0.5 for googlenet and inception_v3, by the mean and standard deviation of Kinetics for
clips, of ImageNet for other networks.
${imagesHelp(`For ONNX files they are resized so that they just cover the input, and center-cropped; for other
networks as --augment says.`)}

--shard I/N evaluates shard I of N, for array jobs. softpool eval merge then gives exactly the
totals of a single run.

${EXIT_CODES_HELP}

Examples:
  softpool eval --weights runs/soft
  softpool eval --weights runs/soft --confusion confusion.png -o result.json
  softpool eval --model resnet50 --weights resnet50.pth --data imagenet/val --augment imagenet \\
    --shard 3/16 -o shard-3.json
  softpool eval --model resnet50-soft.onnx --data imagenet/val --resize 256 --normalize imagenet
  softpool eval merge shard-*.json -o whole.json`;

const MERGE_HELP = `
Give every shard exactly once. All must have the same weights, data, batch size, runtime and
preprocessing.

${EXIT_CODES_HELP}

Examples:
  softpool eval merge shard-*.json
  softpool eval merge shard-*.json -o whole.json --confusion confusion.svg`;

/** Creates the command. `setExitCode` gets its exit code. */
export function evalCommand(setExitCode: SetExitCode): Command {
  const command = new Command('eval')
    .summary('evaluate a network on data')
    .description('Evaluate a network: top-1, top-5, loss, results by class and the confusion matrix.')
    .enablePositionalOptions()
    .option('--weights <file or run>', 'weights: .safetensors, .pth, or the folder of a run');
  networkOptions(command, 'network (softpool models lists them), or an ONNX file with a classifier');
  imageOptions(command, { mean: "the network's", std: "the network's", resize: "the recipe's, else just covers the input" })
    .addOption(
      choice('--runtime <name>', 'runtime: ONNX Runtime or TensorFlow.js (default: onnx if onnxruntime-node is installed)', [
        'onnx',
        'tfjs',
      ]),
    )
    .addOption(threadsOption())
    .addOption(choice('--split <which>', 'samples to evaluate (default: validation, see below)', ['training', 'validation', 'all']))
    .option('--classes <file>', "class names in the order of the network's outputs, one per line (default: the run's, else the data's)")
    .addOption(seedOption('split, generators', "the run's, else 0"))
    .option('--batch-size <n>', "samples per batch (default: the run's, else 128)", integer({ least: 1 }))
    .option('--limit <n>', 'maximum number of samples, spread evenly over the classes; 0: all (default: 0)', integer({ least: 0 }))
    .option('--shard <I/N>', 'evaluate only shard I of N, from 1/N to N/N', shardOf)
    .option('--max-corrupt <n>', 'maximum number of corrupt samples (default: 1 %)', integer({ least: 0 }));
  outputOptions(command)
    .addHelpText('after', HELP)
    .allowExcessArguments()
    .action(async (flags: EvalFlags, { args }: Command) => {
      const [first] = args;
      if (first !== undefined) throw new UsageError(unknownArgument(first));
      setExitCode(await onThread(async () => (await import('./run.ts')).runEval(flags)));
    });
  const merge = new Command('merge')
    .summary('merge the shards of an evaluation')
    .description('Merge the shards of an evaluation into exactly the totals of a single run.')
    .argument('<shards...>', 'files written by softpool eval --shard');
  outputOptions(merge)
    .addHelpText('after', MERGE_HELP)
    .action(async (paths: string[], flags: OutputFlags) => {
      const { runMerge } = await import('./merge.ts');
      setExitCode(await runMerge(paths, flags));
    });
  return command.addCommand(merge);
}

function unknownArgument(text: string): string {
  const isMerge = nearest(text, ['merge']) !== undefined;
  return `unknown argument ${printable(text)}; ${isMerge ? 'did you mean softpool eval merge?' : 'softpool eval takes only options'}`;
}

function outputOptions(command: Command): Command {
  return command
    .addOption(outputOption('file', 'write the evaluation as JSON'))
    .option('--confusion <file>', 'write a confusion matrix as .svg or .png', chartPath)
    .option('--per-class', 'print per-class results even for more than 20 classes')
    .addOption(forceOption())
    .addOption(dryRunOption())
    .addOption(quietOption())
    .addOption(jsonOption());
}

function chartPath(text: string): string {
  if (/\.(svg|png)$/i.test(text)) return text;
  throw new InvalidArgumentError('It must end in .svg or .png.');
}
