/** `softpool inspect`: its options and its help. */
import { Command } from 'commander';
import { jsonOption } from '../../shared/arguments/options.ts';
import { EXIT_CODES_HELP, type SetExitCode } from '../../shared/exit-codes.ts';
import { MODEL_ARGUMENT } from '../../shared/models/detect-model.ts';
import { onThread } from '../../shared/thread.ts';
import type { InspectFlags } from './run.ts';

const HELP = `
${EXIT_CODES_HELP}

Examples:
  softpool inspect resnet18.onnx
  softpool inspect model/model.json --json
  softpool inspect models/resnet-18
  softpool inspect runs/resnet20`;

/** The command. `setExitCode` gets its exit code. */
export function inspectCommand(setExitCode: SetExitCode): Command {
  return new Command('inspect')
    .summary('list the pooling of a model')
    .description('List the pooling layers of a model, which of them can be replaced, and what softpool fold would replace.')
    .argument('<model>', MODEL_ARGUMENT)
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (model: string, flags: InspectFlags) => {
      setExitCode(await onThread(async () => (await import('./run.ts')).runInspect(model, flags)));
    });
}
