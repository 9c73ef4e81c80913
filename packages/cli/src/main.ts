#!/usr/bin/env node
/** The `softpool` command. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT, UsageError } from './exit-codes.ts';
import { imageCommand } from './image/command.ts';
import { oneLine } from './text.ts';
import { removeTemporaries } from './write-atomic.ts';

for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  const stop = (): void => {
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

const program = new Command('softpool')
  .description('SoftPool, exponentially weighted pooling, at work.')
  .version(version, '-V, --version')
  .showHelpAfterError('(softpool --help says more)')
  .exitOverride();
program.addCommand(
  imageCommand((status) => {
    process.exitCode = status;
  })
    .version(version, '-V, --version')
    .showHelpAfterError('(softpool image --help says more)')
    .exitOverride(),
);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else {
    const isUsage = error instanceof UsageError;
    process.stderr.write(`softpool: ${oneLine(error)}${isUsage ? '\n(softpool image --help says more)' : ''}\n`);
    process.exitCode = isUsage ? EXIT.usage : EXIT.failed;
  }
}
