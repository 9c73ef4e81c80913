/** The command line of `softpool`: its commands, and what they have in common. */
import { Command } from 'commander';
import { setUpCommand } from './shared/arguments/set-up-command.ts';
import type { SetExitCode } from './shared/exit-codes.ts';

/**
 * The commands in the order of the help. Each is loaded when it is needed, with what its help says;
 * what it runs on is loaded by its action, because most of that takes a while.
 */
const COMMANDS: Readonly<Record<string, (setExitCode: SetExitCode) => Promise<Command>>> = {
  image: async (setExitCode) => (await import('./commands/image/command.ts')).imageCommand(setExitCode),
  video: async (setExitCode) => (await import('./commands/video/command.ts')).videoCommand(setExitCode),
  status: async (setExitCode) => (await import('./commands/status/command.ts')).statusCommand(setExitCode),
  queue: async (setExitCode) => (await import('./commands/queue/command.ts')).queueCommand(setExitCode),
  inspect: async (setExitCode) => (await import('./commands/inspect/command.ts')).inspectCommand(setExitCode),
  swap: async (setExitCode) => (await import('./commands/swap/command.ts')).swapCommand(setExitCode),
  fold: async (setExitCode) => (await import('./commands/fold/command.ts')).foldCommand(setExitCode),
  check: async (setExitCode) => (await import('./commands/check/command.ts')).checkCommand(setExitCode),
  bench: async (setExitCode) => (await import('./commands/bench/command.ts')).benchCommand(setExitCode),
  export: async (setExitCode) => (await import('./commands/export/command.ts')).exportCommand(setExitCode),
  models: async (setExitCode) => (await import('./commands/models/command.ts')).modelsCommand(setExitCode),
  train: async (setExitCode) => (await import('./commands/train/command.ts')).trainCommand(setExitCode),
  eval: async (setExitCode) => (await import('./commands/eval/command.ts')).evalCommand(setExitCode),
  experiment: async (setExitCode) => (await import('./commands/experiment/command.ts')).experimentCommand(setExitCode),
  doctor: async (setExitCode) => (await import('./commands/doctor/command.ts')).doctorCommand(setExitCode),
};

/**
 * The program, which is not run yet.
 *
 * @param only - The command to load: none for `--version`, and all if it is not the name of one,
 *   for the help and for the nearest name.
 * @param setExitCode - Gets the exit code of the command.
 */
export async function createProgram(only = '', setExitCode: SetExitCode = () => {}): Promise<Command> {
  const program = new Command('softpool').description(
    'Reduce images and videos with SoftPool (softmax-weighted pooling), put SoftPool into ONNX and TensorFlow.js models, and train networks.',
  );
  // An option after a subcommand, as in eval merge, belongs to it, also if the parent has the same.
  program.enablePositionalOptions();
  const makers = Object.hasOwn(COMMANDS, only) ? [COMMANDS[only]] : ['-V', '--version'].includes(only) ? [] : Object.values(COMMANDS);
  for (const command of await Promise.all(makers.map((make) => make?.(setExitCode))))
    if (command !== undefined) program.addCommand(command);
  setUpCommand(program);
  return program;
}
