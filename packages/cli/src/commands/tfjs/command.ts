/** `softpool tfjs`: its commands, their options and their help. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { poolWeightsOption } from '../../shared/arguments/options.ts';
import { sharpness } from '../../shared/arguments/values.ts';
import { runSwap, type SwapFlags } from './swap.ts';

const KINDS = ['max', 'average', 'soft'];

const HELP = `
Works on the model.json of layers models, saved by TensorFlow.js or converted from Keras, and of graph models. The weights are copied as they are.

Where max pooling 3×3/2 becomes soft, its window becomes the 2×2/2 of the paper's networks if outputs keep their size, and the zeros that a ResNet
puts around it go. --window same keeps it. Global pooling stays, as in the paper, unless --global is given.

The new model is loaded as any other, after import '@softpool/tfjs', and a graph model after registerGraphOps() of '@softpool/tfjs/graph'.

Exit status: 0 all done, 1 it could not be done, and nothing was written, 2 the arguments make no sense, 129, 130 or 143 interrupted.

Examples:
  softpool tfjs swap model/model.json -o soft
  softpool tfjs swap model/model.json -o soft --from max,average --beta 2 --where block1_pool block2_pool
  softpool tfjs swap soft/model.json -o max --from soft --to max`;

/** The command. `finish` gets its exit status. */
export function tfjsCommand(finish: (status: number) => void): Command {
  const swap = new Command('swap')
    .summary('replace the pooling of a saved model')
    .description('Replace the pooling of a saved model, by SoftPool or by what it replaces.')
    .argument('<model.json>', 'the model; the files of its weights lie beside it')
    .requiredOption('-o, --output <folder>', 'the folder to write')
    .addOption(
      new Option('--from <kinds>', `what to replace: ${KINDS.join(', ')}, or several, as in max,average`)
        .argParser(kindsOf)
        .default(['max'], 'max'),
    )
    .addOption(new Option('--to <kind>', 'what takes its place').choices(KINDS).default('soft'))
    .option('--where <names...>', 'replace only these, by name or path')
    .addOption(new Option('--window <kind>', 'which window takes the place of 3×3/2').choices(['paper', 'same']).default('paper'))
    .option('--global', 'replace global pooling too')
    .option('--beta <number>', 'sharpness of soft; 0 averages, large values approach max (default: 1)', sharpness)
    .addOption(poolWeightsOption())
    .addOption(
      new Option('--gradient <kind>', 'weights: the paper’s; exact: the true derivative (default: weights)').choices(['weights', 'exact']),
    )
    .option('--json', 'print what was done as JSON')
    .option('--force', 'write into a folder that is not empty, and replace files that are there')
    .addHelpText('after', HELP)
    .action(async (model: string, flags: SwapFlags) => finish(await runSwap(model, flags)));
  return new Command('tfjs').summary('work on models of TensorFlow.js').description('Work on models of TensorFlow.js.').addCommand(swap);
}

function kindsOf(text: string): string[] {
  const kinds = text.split(',');
  if (!kinds.every((kind) => KINDS.includes(kind))) throw new InvalidArgumentError(`It must be ${KINDS.join(', ')}, or several of them.`);
  return kinds;
}
