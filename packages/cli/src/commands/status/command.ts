/** `softpool status`: options and help. */
import { Command } from 'commander';
import { jsonOption } from '../../shared/arguments/options.ts';
import type { SetExitCode } from '../../shared/exit-codes.ts';
import type { StatusFlags } from './run.ts';

const HELP = `
Counts the shards and the inputs of a job that softpool image or video has run with --shard or --shards, or on
archives. Lists what failed and why, what is not done, and says whether each input is there exactly once.
Outputs are checked by their sizes.

Exit codes: 0 complete and nothing failed, 1 incomplete or something failed, 2 invalid arguments or no job,
75 try again (the records are being written, or cannot be read now).

Examples:
  softpool status out/
  softpool status out/ --json`;

/** Creates the command. `setExitCode` gets its exit code. */
export function statusCommand(setExitCode: SetExitCode): Command {
  return new Command('status')
    .summary('show the progress and failures of a job in shards')
    .description('Show what is done of a job in shards, what failed, and whether it is complete.')
    .argument('<folder>', 'output folder of the job')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (folder: string, flags: StatusFlags) => {
      const { runStatus } = await import('./run.ts');
      setExitCode(await runStatus(folder, flags));
    });
}
