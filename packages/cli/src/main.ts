#!/usr/bin/env node
/** The `softpool` command. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT, MissingPackageError, UsageError } from './shared/exit-codes.ts';
import { removeTemporaries } from './shared/files/temporaries.ts';
import { willSave } from './shared/interruption.ts';
import { oneLine } from './shared/text.ts';

for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  const stop = (): void => {
    if (willSave(signal)) return;
    removeTemporaries();
    process.emit('exit', EXIT.interrupted[signal]); // brings the cursor back
    // Dies by the signal, which a shell shows as that status, and at once: exit() would first wait, for minutes, for what is being encoded.
    process.off(signal, stop); // not before: a second signal, as npm sends one, would end us in the middle of this
    process.kill(process.pid, signal);
    process.exit(EXIT.interrupted[signal]); // the first process of a container survives its own signals
  };
  process.on(signal, stop);
}
// Whoever read our output has left: nothing more to say.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed));
process.stderr.on('error', () => {}); // nobody reads what we say of our work: it goes on

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

const finish = (status: number): void => {
  process.exitCode = status;
};

/** The commands, in the order of the help. */
const COMMANDS = {
  image: async () => (await import('./commands/image/command.ts')).imageCommand(finish),
  tfjs: async () => (await import('./commands/tfjs/command.ts')).tfjsCommand(finish),
  onnx: async () => (await import('./commands/onnx/command.ts')).onnxCommand(finish),
  models: async () => (await import('./commands/models/command.ts')).modelsCommand(finish),
  train: async () => (await import('./commands/train/command.ts')).trainCommand(finish),
  eval: async () => (await import('./commands/eval/command.ts')).evalCommand(finish),
  experiment: async () => (await import('./commands/experiment/command.ts')).experimentCommand(finish),
};

const program = new Command('softpool').description('SoftPool, exponentially weighted pooling, at work.');
program.enablePositionalOptions(); // an option behind eval merge is that of merge, also where eval has one of the same name
for (const command of await commandsFor(process.argv[2])) program.addCommand(command);
setUp(program);

/** The command that was asked for, once it is known. */
let running = program;
program.hook('preAction', (_, command) => {
  running = command;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else {
    const isUsage = error instanceof UsageError;
    process.stderr.write(`softpool: ${oneLine(error)}${isUsage ? `\n${helpHint(running)}` : ''}\n`);
    process.exitCode = isUsage || error instanceof MissingPackageError ? EXIT.usage : EXIT.failed;
  }
}

/** The command of that name; all, if it is none: for the help, and for what was meant. Each takes a while to load, and most need one. */
function commandsFor(name = ''): Promise<Command[]> {
  const makers = Object.entries(COMMANDS);
  const wanted = makers.filter(([each]) => each === name);
  return Promise.all((wanted.length > 0 ? wanted : makers).map(([, make]) => make()));
}

/** What every command has: a version, a hint behind its errors, and errors that are thrown. */
function setUp(command: Command): void {
  command.version(version, '-V, --version').showHelpAfterError(helpHint(command)).exitOverride();
  for (const subcommand of command.commands) setUp(subcommand);
}

function helpHint(command: Command): string {
  return `(${fullName(command)} --help says more)`;
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}
