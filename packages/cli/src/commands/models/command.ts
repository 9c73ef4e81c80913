/** `softpool models`: options and help. */
import { Command, InvalidArgumentError } from 'commander';
import { choice, jsonOption } from '../../shared/arguments/options.ts';
import { integer, sizesIn } from '../../shared/arguments/values.ts';
import type { SetExitCode } from '../../shared/exit-codes.ts';
import { POOLS, POSITIONS } from '../../shared/networks/choices.ts';
import type { ModelsFlags } from './run.ts';

const HELP = `
Without a name, all networks are listed with the inputs they were published for. Parameters are the
trainable ones. Multiply-adds are those of convolutions and dense layers for one sample; 10⁹ of
them are what torchvision publishes as a GFLOP.

Exit codes: 0 success, 2 invalid arguments or a missing package.

Examples:
  softpool models
  softpool models --json
  softpool models resnet18 --input-size 64x64 --classes 10
  softpool models r3d_50 --positions all --json`;

/** Creates the command. `setExitCode` gets its exit code. */
export function modelsCommand(setExitCode: SetExitCode): Command {
  return new Command('models')
    .summary("list the paper's networks, or the layers of one")
    .description("List the paper's networks with their sizes and the pooling layers SoftPool replaces, or the layers of one network.")
    .argument('[name]', 'a network, such as resnet18')
    .addOption(choice('--pool <kind>', 'kind of pooling; max is the original network', POOLS, 'soft'))
    .addOption(choice('--positions <which>', "pooling layers to make soft: the paper's, or all (default: paper)", POSITIONS))
    .option(
      '--input-size <size>',
      'height x width, or frames x height x width, in pixels; append x channels unless 3 (one network only)',
      sizes,
    )
    .option('--classes <n>', 'number of classes (one network only)', integer({ least: 1 }))
    .option('--auxiliary', 'include auxiliary heads (one network only)')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, flags: ModelsFlags) => {
      const { runModels } = await import('./run.ts');
      setExitCode(await runModels(name, flags));
    });
}

function sizes(text: string): number[] {
  const values = sizesIn(text);
  const [size] = values;
  if (size !== undefined && values.length <= 4) return values.length === 1 ? [size, size] : values;
  throw new InvalidArgumentError('It must be a size such as 224x224, 28x28x1, 16x112x112 or 16x112x112x3.');
}
