/** `softpool experiment`: its experiments, their options and help. */
import type { ClassificationOptions, DownsamplingOptions, GradientOptions, LatencyOptions, VideoOptions } from '@softpool/experiments';
import { RESAMPLERS } from '@softpool/media/internal/choices';
import { Command, InvalidArgumentError } from 'commander';
import { choice, choices, dryRunOption, forceOption, jsonOption, list, outputOption, quietOption } from '../../shared/arguments/options.ts';
import { extent, integer, number, sizesIn } from '../../shared/arguments/values.ts';
import { EXIT_CODES_HELP, type SetExitCode, UsageError } from '../../shared/exit-codes.ts';
import { AUGMENTATIONS, BACKENDS } from '../../shared/networks/choices.ts';
import { backendOption } from '../../shared/networks/options.ts';
import type { ExperimentFlags } from './run.ts';

/** An example of each experiment. */
const EXAMPLES: Readonly<Record<string, string>> = {
  downsampling: '  softpool experiment downsampling --data photographs/',
  latency: '  softpool experiment latency --backends cpu wasm',
  classification: '  softpool experiment classification --data fashion-mnist/ --seeds 5 -o runs/classification',
  video: '  softpool experiment video --seeds 5 -o runs/video',
  gradient: '  softpool experiment gradient --from runs/classification runs/video',
};

const HELP = `
An experiment is a list of runs. Each result is saved in results.jsonl at once, so that --resume can
continue after any interruption and ends with the same table as an uninterrupted experiment. At the
end the folder has the report as table.md and table.json, and its charts as SVG and PNG.

${EXIT_CODES_HELP}

Examples:
${Object.values(EXAMPLES).join('\n')}`;

const PICTURE_AUGMENTATIONS = AUGMENTATIONS.filter((recipe) => recipe !== 'video');

/** Creates the command. `setExitCode` gets its exit code. */
export function experimentCommand(setExitCode: SetExitCode): Command {
  return new Command('experiment')
    .summary('compare kinds of pooling, with significance tests')
    .description('Compare kinds of pooling on data, with significance tests. Writes tables and plots.')
    .addCommand(downsamplingCommand(setExitCode))
    .addCommand(latencyCommand(setExitCode))
    .addCommand(classificationCommand(setExitCode))
    .addCommand(videoCommand(setExitCode))
    .addCommand(gradientCommand(setExitCode))
    .addHelpText('after', HELP);
}

function downsamplingCommand(setExitCode: SetExitCode): Command {
  const command = new Command('downsampling')
    .summary('SSIM and PSNR of downsampled photographs')
    .description('Downsample photographs by pooling and by resampling filters, upsample them again, and measure the difference.')
    .option('--data <paths...>', 'photographs: files, folders or glob patterns')
    .option('--limit <n>', 'maximum number of photographs, the first n; 0: all (default: 0)', integer({ least: 0 }))
    .addOption(list('--factors <n...>', 'downsampling factors, ≥ 2 (default: 2 4 8)', integer({ least: 2 })))
    .addOption(choices('--enlarge-by <filters...>', 'upsampling filters (default: cubic nearest)', RESAMPLERS))
    .option(
      '--crop <pixels>',
      'longest side in pixels, ≥ 11; larger photographs are center-cropped (default: 1024)',
      integer({ least: 11 }),
    )
    .option('--seeds <n>', 'repetitions of stochastic pooling (default: 5)', integer({ least: 1 }));
  type Flags = ExperimentFlags & Partial<DownsamplingOptions> & { readonly limit?: number };
  return common(command).action(async (flags: Flags) => {
    const { data = [], limit, factors, enlargeBy, crop, seeds } = flags;
    if (data.length === 0) throw new UsageError('missing photographs: give --data folder');
    const { picturesIn } = await import('./pictures.ts');
    const pictures = (await picturesIn(data)).slice(0, limit === 0 ? undefined : limit);
    const options = { data: pictures, factors, enlargeBy, crop, seeds };
    const { runNamed } = await import('./run.ts');
    setExitCode(await runNamed('downsampling', flags, (experiments) => experiments.downsamplingExperiment(options)));
  });
}

function latencyCommand(setExitCode: SetExitCode): Command {
  const command = new Command('latency')
    .summary('time and memory of each pooling')
    .description('Time soft, average and max pooling, forward and backward, on the backends of TensorFlow.js.')
    .addOption(choices('--backends <names...>', 'TensorFlow.js backends (default: all that can start)', BACKENDS))
    .addOption(list('--shapes <shapes...>', 'input shapes, batch x height x width x channels, such as 8x32x32x64', shapeOf))
    .option('--rounds <n>', 'number of timed rounds (default: 15)', integer({ least: 1 }));
  return common(command).action(async (flags: ExperimentFlags & LatencyOptions) => {
    const { backends, shapes, rounds } = flags;
    const { runNamed } = await import('./run.ts');
    setExitCode(await runNamed('latency', flags, (experiments) => experiments.latencyExperiment({ backends, shapes, rounds })));
  });
}

function classificationCommand(setExitCode: SetExitCode): Command {
  const command = new Command('classification')
    .summary('accuracy on pictures with each kind of pooling')
    .description('Train one network on pictures from scratch with each kind of pooling and several seeds, and compare them.')
    .option('--data <sources...>', 'folders or generators, each a table of its own (default: textured-shapes)')
    .option('--model <name>', 'network (softpool models lists them) (default: small2d)')
    .option('--input-size <size>', "height x width in pixels (default: the pictures')", extent)
    .addOption(choice('--augment <recipe>', 'augmentation recipe (default: none)', PICTURE_AUGMENTATIONS));
  trainingOptions(command, {
    epochs: 8,
    batchSize: 32,
    limit: 'maximum number of training samples; 0: all (default: 3000)',
    testLimit: 'maximum number of test samples; 0: all (default: 0)',
  });
  return common(command).action(async (flags: ExperimentFlags & ClassificationOptions) => {
    const options = picked(flags, [...TRAINING, 'data', 'inputSize', 'augment']);
    const { runNamed } = await import('./run.ts');
    setExitCode(await runNamed('classification', flags, (experiments) => experiments.classificationExperiment(options)));
  });
}

function videoCommand(setExitCode: SetExitCode): Command {
  const command = new Command('video')
    .summary('accuracy on clips with each kind of pooling')
    .description('Train one 3-D network on generated clips from scratch with each kind of pooling and several seeds.')
    .option('--model <name>', 'network (softpool models lists them) (default: small3d)')
    .option('--frames <n>', 'frames per clip, ≥ 2 (default: 8)', integer({ least: 2 }))
    .option('--size <pixels>', 'height and width of the clips in pixels, ≥ 8 (default: 16)', integer({ least: 8 }))
    .option('--noise <number>', 'per-pixel noise, standard deviation on a 0–255 scale (default: 15)', number({ least: 0 }))
    .option('--clutter <n>', 'number of distractor figures (default: 1)', integer({ least: 0 }))
    .option('--jitter <number>', 'standard deviation of path jitter, in 32nds of --size (default: 0.5)', number({ least: 0 }))
    .option(
      '--ambiguity <number>',
      'deviation of motions from their class: 0 none, 1 overlapping classes (default: 1)',
      number({ least: 0 }),
    );
  trainingOptions(command, {
    epochs: 10,
    batchSize: 16,
    limit: 'number of clips to generate for training (default: 480)',
    testLimit: 'number of clips to generate for testing (default: 800)',
  });
  return common(command).action(async (flags: ExperimentFlags & VideoOptions) => {
    const options = picked(flags, [...TRAINING, 'frames', 'size', 'noise', 'clutter', 'jitter', 'ambiguity']);
    const { runNamed } = await import('./run.ts');
    setExitCode(await runNamed('video', flags, (experiments) => experiments.videoExperiment(options)));
  });
}

function gradientCommand(setExitCode: SetExitCode): Command {
  const command = new Command('gradient')
    .summary("networks trained with the paper's gradient and the exact one")
    .description("Train the same networks with the paper's gradient and with the exact gradient, and compare them.")
    .option('--from <folders...>', 'folders of classification or video experiments, whose tasks and runs are reused')
    .option('--data <sources...>', 'folders or generators, instead of --from (default: textured-shapes)')
    .option('--seeds <n>', 'number of seeds (default: 5)', integer({ least: 1 }))
    .addOption(backendOption());
  type Flags = ExperimentFlags & GradientOptions & { readonly data?: readonly string[] };
  return common(command).action(async (flags: Flags) => {
    const { from, data, seeds, backend } = flags;
    const other = data === undefined ? '--backend' : '--data';
    if (from !== undefined && (data ?? backend) !== undefined) {
      throw new UsageError(`--from and ${other} exclude each other: the experiments in --from say what is trained`);
    }
    const options: GradientOptions = { from, ...(data && { classification: { data } }), seeds, backend };
    const { runNamed } = await import('./run.ts');
    setExitCode(await runNamed('gradient', flags, (experiments) => experiments.gradientExperiment(options)));
  });
}

const TRAINING = ['model', 'seeds', 'epochs', 'batchSize', 'learningRate', 'limit', 'testLimit', 'backend'] as const;

/** Adds the training options, with an experiment's defaults. */
function trainingOptions(command: Command, defaults: { epochs: number; batchSize: number; limit: string; testLimit: string }): void {
  command
    .option('--seeds <n>', 'number of seeds (default: 5)', integer({ least: 1 }))
    .option('--epochs <n>', `number of epochs (default: ${defaults.epochs})`, integer({ least: 1 }))
    .option('--batch-size <n>', `samples per step (default: ${defaults.batchSize})`, integer({ least: 1 }))
    .option('--lr, --learning-rate <number>', 'initial learning rate, > 0 (default: 0.05)', number({ above: 0 }))
    .option('--limit <n>', defaults.limit, integer({ least: 0 }))
    .option('--test-limit <n>', defaults.testLimit, integer({ least: 0 }))
    .addOption(backendOption());
}

/** Adds the options and the help that all experiments have. */
function common(command: Command): Command {
  return command
    .addOption(outputOption('folder', `folder of the experiment (default: experiments/${command.name()})`))
    .option('--resume', 'resume the experiment in --output')
    .addOption(forceOption('the experiment in --output'))
    .addOption(dryRunOption())
    .addOption(quietOption())
    .addOption(jsonOption())
    .addHelpText('after', `\n${EXIT_CODES_HELP}\n\nExamples:\n${EXAMPLES[command.name()]}`);
}

/** Some of the flags, without those that were not given. */
function picked<Flags extends object, Name extends keyof Flags>(flags: Flags, names: readonly Name[]): Pick<Flags, Name> {
  return Object.fromEntries(names.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]]))) as Pick<Flags, Name>;
}

function shapeOf(text: string): number[] {
  const sizes = sizesIn(text);
  if (sizes.length === 4 || sizes.length === 5) return sizes;
  throw new InvalidArgumentError('It must be batch x height x width x channels, such as 8x32x32x64, or with frames after the batch.');
}
