/** The `softpool` command, which bin/softpool.js runs. */
import { CommanderError } from 'commander';
import { createProgram, fullName, helpHint } from './program.ts';
import { EXIT, MissingPackageError, UsageError } from './shared/exit-codes.ts';
import { removeTemporaries } from './shared/files/temporaries.ts';
import { willSave } from './shared/interruption.ts';
import { oneLine } from './shared/text.ts';

for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  const stop = (): void => {
    if (willSave(signal)) return;
    removeTemporaries();
    process.emit('exit', EXIT.interrupted[signal]); // brings the cursor back
    // Killed by the signal, so that a shell shows that status, and at once: exit() would wait for
    // images that are being encoded, which can take minutes. The handler stays until here, since
    // npm sends the signal twice and the second must not end the process above.
    process.off(signal, stop);
    process.kill(process.pid, signal);
    // The first process of a container survives its own signals.
    process.exit(EXIT.interrupted[signal]);
  };
  process.on(signal, stop);
}
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
  process.stderr.write(`softpool: ${message}\n${isUsage ? `${helpHint(running)}\n` : ''}`);
  process.exitCode = isUsage || isMissing ? EXIT.usage : EXIT.failed;
}
