/** The options that training and evaluation share: the network, its data and the backend. */
import type { Command, Option } from 'commander';
import { betaOption, choice, poolWeightsOption } from '../arguments/options.ts';
import { extent, number } from '../arguments/values.ts';
import { AUGMENTATIONS, BACKENDS, POOLS, POSITIONS } from './choices.ts';
import { DEFAULTS } from './flags.ts';

/**
 * Adds the options; `model` is the help of `--model`. They have no commander defaults, because
 * evaluation takes those of the run.
 */
export function networkOptions(command: Command, model = 'network (softpool models lists them)'): Command {
  return command
    .option('--model <name>', model)
    .option('--data <sources...>', 'folders or generators; several are combined')
    .addOption(choice('--pool <kind>', `kind of pooling (default: ${DEFAULTS.pool})`, POOLS))
    .addOption(
      choice('--positions <which>', `pooling layers to make soft: the paper's, or all (default: ${DEFAULTS.positions})`, POSITIONS),
    )
    .addOption(betaOption(DEFAULTS.beta))
    .addOption(poolWeightsOption(DEFAULTS.poolWeights))
    .option('--input-size <size>', "height x width, or frames x height x width, in pixels (default: the network's)", extent)
    .addOption(choice('--augment <recipe>', 'augmentation recipe (default: by input size)', AUGMENTATIONS))
    .option('--weights-prefix <text>', 'prefix that is removed from the names in --weights (such as _orig_mod.)')
    .option('--except <modules...>', 'modules of --weights that are not loaded, such as fc')
    .option(
      '--validation-share <share>',
      `share of samples held out for validation if the data has no split, above 0 and below 1 (default: ${DEFAULTS.validationShare})`,
      number({ above: 0, below: 1 }),
    )
    .addOption(backendOption());
}

/** `--backend`. */
export function backendOption(): Option {
  return choice('--backend <name>', 'TensorFlow.js backend (default: wasm)', BACKENDS);
}
