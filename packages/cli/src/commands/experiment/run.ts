/** Runs an experiment of `softpool experiment`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Experiment } from '@softpool/experiments';
import { withFlagNames } from '../../shared/arguments/errors.ts';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { saveOnSignal } from '../../shared/interruption.ts';
import { requirePackages } from '../../shared/packages.ts';
import { printable } from '../../shared/text.ts';
import { experimentProgress } from './progress.ts';
import { reportInWords } from './report.ts';

/** What all experiments are told. */
export interface ExperimentFlags {
  readonly out?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

type Models = typeof import('@softpool/experiments');

/** Makes the experiment and runs it, or what is left of it; resolves to the exit status. */
// biome-ignore lint/suspicious/noExplicitAny: an experiment gives its results to itself alone
export async function runMade(name: string, flags: ExperimentFlags, make: (models: Models) => Experiment<any>): Promise<number> {
  const { out = join('experiments', name), resume = false, force = false, quiet = false, json = false } = flags;
  if (resume && force)
    throw new UsageError('--resume and --force exclude each other: the one continues an experiment, the other replaces it');
  requirePackages('@softpool/experiments');
  const models = await import('@softpool/experiments'); // not before it is needed: TensorFlow.js takes longer to start than all the rest
  const experiment = withFlagNames(() => make(models));
  const stop = new AbortController();
  let status: number = EXIT.ok;
  const takeBack = saveOnSignal((signal) => {
    status = EXIT.interrupted[signal];
    stop.abort();
  });
  const progress = experimentProgress({ quiet });
  try {
    const result = await models.runExperiment(experiment, {
      out,
      resume,
      force,
      command: typedCommand(),
      signal: stop.signal,
      onProgress: progress.show,
      onWarning: (message) => progress.line(`softpool: ${printable(message)}`),
    });
    progress.stop();
    if (result.status === 'stopped' || result.report === undefined) {
      const { done, total } = result;
      process.stderr.write(
        `${printable(out)}: stopped after ${done} of ${total} runs, and saved; go on with the same command and --resume\n`,
      );
      return status;
    }
    if (json) process.stdout.write(await readFile(join(out, 'table.json'), 'utf8'));
    else process.stdout.write(`${reportInWords(result.report)}\n`);
    if (!quiet) process.stderr.write(`${printable(out)}: table.md, table.json and the plots\n`);
    return EXIT.ok;
  } finally {
    progress.stop();
    takeBack();
  }
}

/** What was typed, without what does not change the figures. */
function typedCommand(): string {
  const words = process.argv.slice(2).filter((word) => !['--resume', '--force', '--quiet', '--json'].includes(word));
  return ['softpool', ...words.map((word) => (/^[\w./:=,?&-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))].join(
    ' ',
  );
}
