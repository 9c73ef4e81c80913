/** The `softpool` command, which bin/softpool.js runs. */
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import { fullName } from './shared/arguments/set-up-command.ts';
import { red } from './shared/color.ts';
import { EXIT, MissingPackageError, UsageError } from './shared/exit-codes.ts';
import { removeTemporaries } from './shared/files/temporaries.ts';
import { handleSignals, setListen, stopAll, willSave } from './shared/interruption.ts';
import { oneLine } from './shared/text.ts';

const handlers = (['SIGHUP', 'SIGINT', 'SIGTERM'] as const).map((signal) => {
  const stop = (): void => {
    if (willSave(signal)) return;
    removeTemporaries();
    stopAll();
    // Killed by the signal, so that a shell shows that status, and at once: exit() would wait for
    // images that are being encoded, which can take minutes. The handler stays until here, since
    // npm sends the signal twice and the second must not end the process above.
    process.off(signal, stop);
    process.kill(process.pid, signal);
    // The first process of a container survives its own signals.
    process.exit(EXIT.interrupted[signal]);
  };
  return [signal, stop] as const;
});
setListen((isNeeded) => {
  for (const [signal, stop] of handlers) process[isNeeded ? 'on' : 'off'](signal, stop);
});
// The first process of a container ignores signals without a handler.
if (process.pid === 1) handleSignals();
// EPIPE: the reader has closed the pipe, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed));
process.stderr.on('error', () => {}); // messages that nobody reads do not stop the work

const program = await createProgram(process.argv[2], (code) => {
  process.exitCode = code;
});
let running = program;
program.hook('preAction', (_, command) => {
  running = command;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else fail(error);
}

function fail(error: unknown): void {
  const isMissing = error instanceof MissingPackageError;
  const isUsage = error instanceof UsageError;
  const message = isMissing ? error.messageFor(fullName(running)) : oneLine(error);
  process.stderr.write(`${red('softpool:')} ${message}\n`);
  if (isUsage) process.stderr.write(`(see ${error.command ?? fullName(running)} --help)\n`);
  process.exitCode = isUsage || isMissing ? EXIT.usage : EXIT.failed;
}
