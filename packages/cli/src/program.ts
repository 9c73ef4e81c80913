/** The command line of `softpool`: its commands, and what they have in common. */
import { Command } from 'commander';
import { setUpCommand } from './shared/arguments/set-up-command.ts';

type Finish = (code: number) => void;

/**
 * The commands in the order of the help. Each is loaded when it is needed, with what its help says;
 * what it runs on is loaded by its action, because most of that takes a while.
 */
const COMMANDS: Readonly<Record<string, (finish: Finish) => Promise<Command>>> = {
  image: async (finish) => (await import('./commands/image/command.ts')).imageCommand(finish),
  video: async (finish) => (await import('./commands/video/command.ts')).videoCommand(finish),
  status: async (finish) => (await import('./commands/status/command.ts')).statusCommand(finish),
  queue: async (finish) => (await import('./commands/queue/command.ts')).queueCommand(finish),
  inspect: async (finish) => (await import('./commands/inspect/command.ts')).inspectCommand(finish),
  swap: async (finish) => (await import('./commands/swap/command.ts')).swapCommand(finish),
  fold: async (finish) => (await import('./commands/fold/command.ts')).foldCommand(finish),
  check: async (finish) => (await import('./commands/check/command.ts')).checkCommand(finish),
  bench: async (finish) => (await import('./commands/bench/command.ts')).benchCommand(finish),
  export: async (finish) => (await import('./commands/export/command.ts')).exportCommand(finish),
  models: async (finish) => (await import('./commands/models/command.ts')).modelsCommand(finish),
  train: async (finish) => (await import('./commands/train/command.ts')).trainCommand(finish),
  eval: async (finish) => (await import('./commands/eval/command.ts')).evalCommand(finish),
  experiment: async (finish) => (await import('./commands/experiment/command.ts')).experimentCommand(finish),
  doctor: async (finish) => (await import('./commands/doctor/command.ts')).doctorCommand(finish),
};

/**
 * The program, which is not run yet.
 *
 * @param only - The command to load: none for `--version`, and all if it is not the name of one,
 *   for the help and for the nearest name.
 * @param finish - Gets the exit code of the command.
 */
export async function createProgram(only = '', finish: Finish = () => {}): Promise<Command> {
  const program = new Command('softpool').description(
    'Reduce images and videos with SoftPool (softmax-weighted pooling), put SoftPool into ONNX and TensorFlow.js models, and train networks.',
  );
  // An option after a subcommand, as in eval merge, belongs to it, also if the parent has the same.
  program.enablePositionalOptions();
  const makers = Object.hasOwn(COMMANDS, only) ? [COMMANDS[only]] : ['-V', '--version'].includes(only) ? [] : Object.values(COMMANDS);
  for (const command of await Promise.all(makers.map((make) => make?.(finish)))) if (command !== undefined) program.addCommand(command);
  setUpCommand(program);
  return program;
}
