/** The options that describe a network, its data and the backend: those of training and of evaluation. */
import { type Command, Option } from 'commander';
import { backendOption, betaOption, gradientOption, poolWeightsOption } from '../arguments/options.ts';
import { extent, numberAbove0 } from '../arguments/values.ts';
import { DEFAULTS } from './flags.ts';

/** Adds the options. None has a default of commander's: evaluation takes those of the run. */
export function networkOptions(command: Command): Command {
  return command
    .option('--model <name>', 'the network, as softpool models lists them')
    .option('--data <sources...>', 'the data: folders or generators')
    .option(
      '--val-split <share>',
      `what is kept for validation of data without a part for it (default: ${DEFAULTS.valSplit})`,
      numberAbove0(1),
    )
    .addOption(new Option('--pool <kind>', `what pools (default: ${DEFAULTS.pool})`).choices(['soft', 'max', 'avg']))
    .addOption(
      new Option('--positions <which>', `which pools are soft: the paper's, or all (default: ${DEFAULTS.positions})`).choices([
        'paper',
        'all',
      ]),
    )
    .addOption(betaOption(DEFAULTS.beta))
    .addOption(poolWeightsOption(DEFAULTS.poolWeights))
    .addOption(gradientOption())
    .option('--input <size>', 'height x width, or frames x height x width (default: what the network was published for)', extent)
    .addOption(new Option('--augment <recipe>', '(default: by the input)').choices(['paper', 'imagenet', 'cifar', 'video', 'none']))
    .option('--no-flip', 'never exchange left and right')
    .addOption(backendOption());
}
