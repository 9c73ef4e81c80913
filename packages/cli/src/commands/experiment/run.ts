/** Runs an experiment of `softpool experiment`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Experiment } from '@softpool/experiments';
import { withFlagNames } from '../../shared/arguments/errors.ts';
import { EXIT, UsageError } from '../../shared/exit-codes.ts';
import { saveOnSignal } from '../../shared/interruption.ts';
import { withResumeFlags } from '../../shared/networks/existing-run.ts';
import { DEFAULTS, type RunFlags } from '../../shared/networks/flags.ts';
import { checkName } from '../../shared/networks/network.ts';
import { requireTensorFlow } from '../../shared/packages.ts';
import { printJson } from '../../shared/print-json.ts';
import { plural, printable } from '../../shared/text.ts';
import { onThread } from '../../shared/thread.ts';
import { experimentProgress } from './progress.ts';
import { reportText } from './report.ts';
import { typedCommand } from './typed-command.ts';

/** The options of all experiments, as commander passes them. */
export interface ExperimentFlags {
  readonly output?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
  /** The network, in experiments that train one. */
  readonly model?: string;
  readonly backend?: RunFlags['backend'];
}

// biome-ignore lint/suspicious/noExplicitAny: an experiment passes its results only to itself
type Create = (experiments: typeof import('@softpool/experiments')) => Experiment<any>;

/** Creates and runs an experiment, or the rest of it. Resolves to the exit code. */
export async function runNamed(name: string, flags: ExperimentFlags, create: Create): Promise<number> {
  return await onThread(() => run(name, flags, create));
}

async function run(name: string, flags: ExperimentFlags, create: Create): Promise<number> {
  const { output = join('experiments', name), resume = false, force = false, dryRun = false, quiet = false, json = false } = flags;
  if (resume && force) throw new UsageError('--resume and --force exclude each other: one continues an experiment, the other replaces it');
  requireTensorFlow(flags.backend ?? DEFAULTS.backend, '@softpool/experiments', '@softpool/training', '@softpool/models');
  if (flags.model !== undefined) await checkName(flags.model);
  // Late, because TensorFlow.js is slow to load.
  const experiments = await import('@softpool/experiments');
  const experiment = withFlagNames(() => create(experiments));
  const stop = new AbortController();
  let status: number = EXIT.ok;
  const ignoreSignals = saveOnSignal(
    (signal) => {
      status = EXIT.interrupted[signal];
      stop.abort();
    },
    `${printable(output)}: stopped within a step; continue with the same command and --resume`,
  );
  const progress = experimentProgress({ quiet });
  try {
    const result = await withResumeFlags(() =>
      experiments.runExperiment(experiment, {
        output,
        resume,
        force,
        dryRun,
        command: typedCommand(process.argv.slice(2)),
        signal: stop.signal,
        onProgress: progress.show,
        onWarning: (message) => progress.line(`softpool: ${printable(message)}`),
      }),
    );
    progress.stop();
    const { done, total, report } = result;
    if (result.status === 'checked') {
      const runs = experiment.runs.map(({ id }) => id);
      if (json) printJson({ dryRun: true, experiment: name, output, done, total, runs });
      else if (!quiet)
        process.stdout.write(
          `${runs.map(printable).join('\n')}\n${plural(total, 'run')}, ${done} of them done → ${printable(output)} (dry run: nothing was written)\n`,
        );
      return EXIT.ok;
    }
    if (report === undefined) {
      process.stderr.write(
        `${printable(output)}: stopped after ${done} of ${total} runs and saved; continue with the same command and --resume\n`,
      );
      return status;
    }
    if (json) process.stdout.write(await readFile(join(output, 'table.json'), 'utf8'));
    else if (!quiet) process.stdout.write(`${reportText(report)}\n`);
    if (!quiet) process.stderr.write(`${printable(output)}: table.md, table.json and the charts\n`);
    return EXIT.ok;
  } finally {
    progress.stop();
    ignoreSignals();
  }
}
