/** The `softpool` command, which bin/softpool.js runs. */
import { isMainThread } from 'node:worker_threads';
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import { fullName } from './shared/arguments/set-up-command.ts';
import { red } from './shared/color.ts';
import { EXIT, ExitCodeError, MissingPackageError, UsageError } from './shared/exit-codes.ts';
import { systemError } from './shared/files/errors.ts';
import { removeTemporaries } from './shared/files/temporaries.ts';
import { endBySignal, handleSignals, passSignal, SIGNALS, type Signal, setHandlerInstaller, stopAll } from './shared/interruption.ts';
import { oneLine } from './shared/text.ts';
import { takeSignals } from './shared/thread.ts';

if (isMainThread) {
  const stop = (signal: Signal): void => {
    if (passSignal(signal)) return;
    removeTemporaries();
    stopAll();
    // The handler stays until here, since npm sends the signal twice and the second must not end
    // the process above.
    endBySignal(signal);
  };
  setHandlerInstaller((isNeeded) => {
    for (const signal of SIGNALS) process[isNeeded ? 'on' : 'off'](signal, stop);
  });
  // The first process of a container ignores signals without a handler.
  if (process.pid === 1) handleSignals();
} else {
  takeSignals();
}
// EPIPE: the reader has closed the pipe, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  process.stderr.write(`${red('softpool:')} cannot write to standard output: ${systemError(error)}\n`);
  process.exit(EXIT.failed);
});
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
  const code = error instanceof ExitCodeError ? error.exitCode : EXIT.failed;
  process.exitCode = isUsage || isMissing ? EXIT.usage : code;
}
