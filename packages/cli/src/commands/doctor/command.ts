/** `softpool doctor`: its options and its help. */
import { Command } from 'commander';
import { jsonOption } from '../../shared/arguments/options.ts';
import type { SetExitCode } from '../../shared/exit-codes.ts';
import type { DoctorFlags } from './run.ts';

const HELP = `
A missing package or program only affects the commands listed beside it.

Exit codes: 0 SoftPool works, 1 it does not, 2 invalid arguments.

Examples:
  softpool doctor
  softpool doctor --json`;

/** The command. `setExitCode` gets its exit code. */
export function doctorCommand(setExitCode: SetExitCode): Command {
  return new Command('doctor')
    .summary('show what is installed and what is missing')
    .description('Check SoftPool on this machine, and show what is installed, what is missing, and how to install it.')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (flags: DoctorFlags) => {
      const { runDoctor } = await import('./run.ts');
      setExitCode(await runDoctor(flags));
    });
}
