/** `softpool train`: options and help. */
import { Command, Option } from 'commander';
import {
  choice,
  dryRunOption,
  forceOption,
  gradientOption,
  jsonOption,
  list,
  outputOption,
  quietOption,
  seedOption,
} from '../../shared/arguments/options.ts';
import { integer, number } from '../../shared/arguments/values.ts';
import { EXIT_CODES_HELP, type SetExitCode } from '../../shared/exit-codes.ts';
import { OPTIMIZERS, SCHEDULES } from '../../shared/networks/choices.ts';
import { DEFAULTS } from '../../shared/networks/flags.ts';
import { networkOptions } from '../../shared/networks/options.ts';
import { onThread } from '../../shared/thread.ts';
import type { GivenFlags } from './run.ts';

const HELP = `
Data is one or more of
- a folder of class folders of images or clips, with train and val folders or without,
- the files of MNIST, Fashion-MNIST or CIFAR, or the package emoji-datasource-*,
- a generator: textured-shapes, moving-shapes?samples=2000&frames=8.
All sources need the same classes. Data without a split of its own is split by --validation-share.

The defaults are the recipe of the paper's training script: 90 epochs, batches of 128, SGD with
learning rate 0.1 (divided by 10 every 30 epochs), momentum 0.9, weight decay 1e-4. By default
--augment is paper for inputs of 128 pixels or more, video for clips of 64 pixels or more, and cifar
for smaller ones. Data whose classes are directions, such as moving-shapes, is never flipped.

For another number of classes than that of --weights, leave out the last layer: --except fc. With
--freeze all only that layer is trained. With --optimizer adamw the learning rate is 0.001 and the
weight decay 0.01 unless given.

The output folder gets config.json, record.jsonl (a line per step and epoch),
epochs.csv, checkpoint.safetensors, best.safetensors and final.safetensors (weights by PyTorch's
names), and loss and accuracy as SVG and PNG.

Ctrl-C saves and stops; within a long step it stops at once. --resume continues from the
checkpoint, however the run was stopped, and ends with the same weights, bit for bit, as an
uninterrupted run. It needs no option but --output.

${EXIT_CODES_HELP}

Examples:
  softpool train --model resnet20 --data photos --epochs 10 --schedule cosine -o runs/soft
  softpool train --model resnet20 --data photos --pool max --epochs 10 -o runs/max
  softpool train --resume -o runs/soft
  softpool train --model resnet18 --weights resnet18.pth --except fc --freeze all --data photos \\
    --optimizer adamw --epochs 5 -o runs/head
  softpool train --model small3d --data moving-shapes --epochs 20 -o runs/motion`;

/** Creates the command. `setExitCode` gets its exit code. */
export function trainCommand(setExitCode: SetExitCode): Command {
  const command = new Command('train')
    .summary("train one of the paper's networks")
    .description("Train one of the paper's networks on images or clips.")
    .addOption(outputOption('folder', 'folder of the run to write'))
    .option('--resume', 'resume the run in --output')
    .addOption(forceOption('the run in --output'));
  networkOptions(command)
    .option('--weights <file or run>', 'initial weights: .safetensors, .pth, or the folder of a run (default: random)')
    .addOption(list('--mean <numbers...>', "mean of each channel on a 0–1 scale, or of all (default: the network's)", number()))
    .addOption(
      list(
        '--std <numbers...>',
        "standard deviation of each channel on a 0–1 scale, or of all (default: the network's)",
        number({ above: 0 }),
      ),
    )
    .addOption(gradientOption())
    // A negated option alone would default to true and override the run's setting.
    .addOption(new Option('--flip').hideHelp())
    .option('--no-flip', 'disable horizontal flips')
    .option('--freeze <modules...>', 'modules that are not trained, such as conv1 layer1; all: all but those of --except')
    .option(
      '--color-jitter <number>',
      'brightness, contrast and saturation change by a factor of up to 1 ± number (default: 0)',
      number({ least: 0 }),
    )
    .option('--limit <n>', 'maximum number of training samples, spread evenly over the classes; 0: all (default: 0)', integer({ least: 0 }))
    .option('--test-limit <n>', 'maximum number of validation samples; 0: all (default: 0)', integer({ least: 0 }))
    .option('--epochs <n>', `number of epochs (default: ${DEFAULTS.epochs})`, integer({ least: 1 }))
    .option('--batch-size <n>', `samples per step (default: ${DEFAULTS.batchSize})`, integer({ least: 1 }))
    .option('--lr, --learning-rate <number>', 'initial learning rate, > 0 (default: 0.1, or 0.001 with adamw)', number({ above: 0 }))
    .addOption(choice('--optimizer <name>', `optimizer (default: ${DEFAULTS.optimizer})`, OPTIMIZERS))
    .option('--momentum <number>', `SGD momentum, from 0 to below 1 (default: ${DEFAULTS.momentum})`, number({ least: 0, below: 1 }))
    .option('--weight-decay <number>', 'weight decay, ≥ 0 (default: 1e-4, or 0.01 with adamw)', number({ least: 0 }))
    .addOption(new Option('--decay-norm-and-bias').hideHelp())
    .option('--no-decay-norm-and-bias', 'disable weight decay for biases and normalization')
    .addOption(choice('--schedule <name>', `learning rate schedule (default: ${DEFAULTS.schedule})`, SCHEDULES))
    .option('--step-size <epochs>', `epochs between the steps of --schedule step (default: ${DEFAULTS.stepSize})`, integer({ least: 1 }))
    .option(
      '--gamma <number>',
      `learning-rate factor at each step of --schedule step, > 0 (default: ${DEFAULTS.gamma})`,
      number({ above: 0 }),
    )
    .option(
      '--warmup-epochs <n>',
      'epochs in which the learning rate grows from 1 %, before --schedule, fewer than --epochs (default: 0)',
      integer({ least: 0 }),
    )
    .option('--clip-grad-norm <number>', 'largest norm of all gradients of a step together; 0: no limit (default: 0)', number({ least: 0 }))
    .option(
      '--label-smoothing <number>',
      `label smoothing, from 0 to below 1 (default: ${DEFAULTS.labelSmoothing})`,
      number({ least: 0, below: 1 }),
    )
    .addOption(seedOption('initial weights, shuffling, augmentation, split, dropout', DEFAULTS.seed))
    .option('--max-corrupt <n>', 'maximum number of corrupt samples per split and epoch (default: 1 %)', integer({ least: 0 }))
    .option('--checkpoint-epochs <n>', 'also keep the weights of every n-th epoch, in epoch-<n>.safetensors', integer({ least: 1 }))
    .option('--checkpoint-steps <n>', 'also write a checkpoint every n steps (default: only by epoch and time)', integer({ least: 1 }))
    .option('--checkpoint-seconds <n>', 'also write a checkpoint every n seconds (default: 300)', number({ above: 0 }))
    .addOption(dryRunOption())
    .addOption(quietOption())
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (flags: GivenFlags) => {
      setExitCode(
        await onThread(async () => {
          const { runTrain } = await import('./run.ts');
          return await runTrain(flags);
        }),
      );
    });
  return command;
}
