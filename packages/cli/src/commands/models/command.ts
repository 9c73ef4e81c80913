/** `softpool models`: its options and its help. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { sizesIn, wholeNumber } from '../../shared/arguments/values.ts';
import { type ModelsFlags, runModels } from './run.ts';

const HELP = `
Without a name it lists all networks for the inputs that they were published for. Parameters are those that are trained; multiply-adds are those of
convolutions and dense layers for one sample: what torchvision publishes as GFLOPS is 10⁹ of them.

Exit status: 0 all done, 2 the arguments make no sense.

Examples:
  softpool models
  softpool models --json
  softpool models resnet18 --input 64x64 --classes 10
  softpool models r3d_50 --positions all --json`;

/** The command. `finish` gets its exit status. */
export function modelsCommand(finish: (status: number) => void): Command {
  return new Command('models')
    .summary('list the networks of the paper, or the layers of one')
    .description('List the networks of the paper, how large they are and where they pool, or the layers of one of them.')
    .argument('[name]', 'a network, as in resnet18')
    .addOption(new Option('--pool <kind>', 'what pools: max is the original network').choices(['soft', 'max', 'avg']).default('soft'))
    .addOption(new Option('--positions <which>', "which pools are soft: the paper's, or all").choices(['paper', 'all']).default('paper'))
    .option('--input <size>', 'of a named network: height x width, or frames x height x width, with x channels if these are not 3', sizes)
    .option('--classes <n>', 'of a named network: the number of classes', wholeNumber(1))
    .option('--auxiliary', 'of a named network: with its auxiliary heads')
    .option('--json', 'print as JSON')
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, flags: ModelsFlags) => finish(await runModels(name, flags)));
}

function sizes(text: string): number[] {
  const values = sizesIn(text);
  if (values.length < 2 || values.length > 4) {
    throw new InvalidArgumentError('It must be as in 224x224, 28x28x1, 16x112x112 or 16x112x112x3.');
  }
  return values;
}
