/** `softpool train`: its options and its help. */
import { Command, Option } from 'commander';
import { numberAbove0, numberFrom, seedOf, wholeNumber } from '../../shared/arguments/values.ts';
import { DEFAULTS } from '../../shared/networks/flags.ts';
import { networkOptions } from '../../shared/networks/options.ts';
import { type GivenFlags, runTrain } from './run.ts';

const HELP = `
Data is a folder of class folders of images or clips, with train and val folders or without (--val-split then keeps a share of each class), the files of
MNIST, Fashion-MNIST or CIFAR, the package emoji-datasource-*, or a generator: textured-shapes, moving-shapes?samples=2000&frames=8.
Several are mixed; their classes must be the same.

The defaults are the recipe of the paper's training script: 90 epochs, batches of 128, SGD with learning rate 0.1 divided by 10 every 30 epochs, momentum 0.9,
weight decay 1e-4. The augmentation is the paper's for inputs of 128 pixels and more, and CIFAR's below that; of clips Kinetics' from 64 pixels on. Where left
and right tell classes apart, as in moving-shapes, nothing is flipped.

The folder of the run gets config.json, record.jsonl (a line for each step and epoch), checkpoint.safetensors, best.safetensors and
final.safetensors (weights as PyTorch names them), and loss and accuracy as SVG and PNG. Ctrl-C saves and stops. However a run was stopped, --resume
goes on from its checkpoint and gives the same weights, bit for bit, as a run without a stop; it needs no other flag than --out.

Exit status: 0 all done, 1 it could not be done, or diverged, 2 the arguments make no sense, 129, 130 or 143 interrupted, and saved.

Examples:
  softpool train --model resnet20 --data /usr/share/datasets/fashion-mnist --epochs 10 --lr-schedule cosine --out runs/soft
  softpool train --model resnet20 --pool max --data /usr/share/datasets/fashion-mnist --epochs 10 --lr-schedule cosine --out runs/max
  softpool train --resume --out runs/soft
  softpool train --model small3d --data moving-shapes --epochs 20 --out runs/motion`;

/** The command. `finish` gets its exit status. */
export function trainCommand(finish: (status: number) => void): Command {
  const command = new Command('train')
    .summary('train a network of the paper')
    .description('Train a network of the paper, for images or clips.');
  networkOptions(command);
  return command
    .option('--out <folder>', 'the folder of the run')
    .option('--resume', 'go on with the run in the folder')
    .option('--force', 'replace the run in the folder')
    .option('--weights <file>', 'begin with these weights, .safetensors or .pth, instead of random ones')
    .option('--epochs <n>', `how often each sample is seen (default: ${DEFAULTS.epochs})`, wholeNumber(1))
    .option('--batch-size <n>', `samples in a step (default: ${DEFAULTS.batchSize})`, wholeNumber(1))
    .option('--lr <number>', `learning rate at the start (default: ${DEFAULTS.lr})`, numberAbove0())
    .option('--momentum <number>', `of SGD (default: ${DEFAULTS.momentum})`, numberFrom(0, 1))
    .option('--weight-decay <number>', `(default: ${DEFAULTS.weightDecay})`, numberFrom(0))
    .option('--no-norm-decay', 'no weight decay for biases and normalization')
    .addOption(new Option('--lr-schedule <name>', `(default: ${DEFAULTS.lrSchedule})`).choices(['step', 'cosine', 'constant']))
    .option('--lr-step-size <epochs>', `epochs between the steps of step (default: ${DEFAULTS.lrStepSize})`, wholeNumber(1))
    .option('--lr-gamma <number>', `factor of each step (default: ${DEFAULTS.lrGamma})`, numberAbove0())
    .option('--label-smoothing <number>', `(default: ${DEFAULTS.labelSmoothing})`, numberFrom(0, 1))
    .option('--seed <n>', `of weights, order, augmentation, split and dropout (default: ${DEFAULTS.seed})`, seedOf)
    .option('--max-corrupt <n>', 'how many samples of each part may be corrupt (default: 1 % of them)', wholeNumber(0))
    .option('--checkpoint-steps <n>', 'write a checkpoint every n steps, besides after each epoch', wholeNumber(1))
    .option('--checkpoint-seconds <n>', 'and every n seconds (default: 300)', numberAbove0())
    .option('--quiet', 'print nothing but warnings and errors')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .action(async (flags: GivenFlags) => finish(await runTrain(flags)));
}
