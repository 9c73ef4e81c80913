/** `softpool experiment`: its experiments, their options and their help. */
import type { ClassificationOptions, DownsamplingOptions, GradientOptions, LatencyOptions, VideoOptions } from '@softpool/experiments';
import type { BackendName } from '@softpool/training/node';
import { Command, InvalidArgumentError, Option } from 'commander';
import { numberAbove0, numberFrom, sizesIn, wholeNumber } from '../../shared/arguments/values.ts';
import { checkName } from '../../shared/networks/network.ts';
import { picturesIn } from './pictures.ts';
import { type ExperimentFlags, runMade } from './run.ts';

const HELP = `
Each experiment is a list of runs, whose results are lines of results.jsonl in its folder as soon as they are there. However it was stopped, --resume makes what
is left, and gives the table of an experiment without a stop. At the end the folder has the table as table.md and table.json, and plots as SVG and PNG.

Exit status: 0 all done, 1 it could not be done, 2 the arguments make no sense, 129, 130 or 143 interrupted, and saved.

Examples:
  softpool experiment downsampling --data photographs/
  softpool experiment latency --backends cpu wasm
  softpool experiment classification --seeds 5 --out runs/classification
  softpool experiment video --seeds 5 --out runs/video
  softpool experiment gradient --from runs/classification runs/video`;

const BACKENDS = ['wasm', 'webgpu', 'cpu'] as const;

/** The command. `finish` gets its exit status. */
export function experimentCommand(finish: (status: number) => void): Command {
  return new Command('experiment')
    .summary("make one of the paper's tables, from scratch")
    .description("Make a table of the paper's kind, from scratch: kinds of pooling compared, with what is chance said.")
    .addCommand(downsamplingCommand(finish))
    .addCommand(latencyCommand(finish))
    .addCommand(classificationCommand(finish))
    .addCommand(videoCommand(finish))
    .addCommand(gradientCommand(finish))
    .addHelpText('after', HELP);
}

type Finish = (status: number) => void;

function downsamplingCommand(finish: Finish): Command {
  const command = new Command('downsampling')
    .summary('SSIM and PSNR of photographs made smaller')
    .description('Make photographs smaller by pooling and by resamplers, bring them back to full size, and measure what came back.')
    .option('--data <paths...>', 'image files, or folders of them', ['examples/photographs'])
    .option('--limit <n>', 'take only the first n photographs', wholeNumber(1))
    .option('--factors <n...>', 'by how much the sides are made shorter (default: 2 4 8)', listed(wholeNumber(2)))
    .addOption(
      new Option('--enlarge <resamplers...>', 'what brings them back to full size (default: cubic nearest)').choices([
        'nearest',
        'linear',
        'cubic',
        'mitchell',
        'lanczos2',
        'lanczos3',
      ]),
    )
    .option('--crop <pixels>', 'cut larger photographs to this side in their middle (default: 1024)', wholeNumber(11))
    .option('--seeds <n>', 'how often stochastic pooling is drawn (default: 5)', wholeNumber(1));
  type Flags = ExperimentFlags &
    Omit<DownsamplingOptions, 'pictures' | 'enlargeBy'> & { data: string[]; limit?: number; enlarge?: DownsamplingOptions['enlargeBy'] };
  return common(command).action(async ({ data, limit, enlarge, ...flags }: Flags) => {
    const { factors, crop, seeds } = flags;
    const pictures = (await picturesIn(data)).slice(0, limit);
    finish(
      await runMade('downsampling', flags, (models) =>
        models.downsamplingExperiment({ pictures, factors, enlargeBy: enlarge, crop, seeds }),
      ),
    );
  });
}

function latencyCommand(finish: Finish): Command {
  const command = new Command('latency')
    .summary('time and memory of each pooling')
    .description('Time soft, average and max pooling, forward and backward, on the backends of TensorFlow.js.')
    .addOption(new Option('--backends <names...>', '(default: all that can start)').choices(BACKENDS))
    .option('--shapes <shapes...>', 'as 8x32x32x64: batch, sides, channels; of clips 2x8x28x28x32', listed(shapeOf))
    .option('--rounds <n>', 'how often each is timed (default: 15)', wholeNumber(1))
    .option('--sample-milliseconds <n>', 'a sample is as many calls as take this long (default: 5)', numberAbove0());
  return common(command).action(async (flags: ExperimentFlags & LatencyOptions) => {
    const { backends, shapes, rounds, sampleMilliseconds } = flags;
    finish(await runMade('latency', flags, (models) => models.latencyExperiment({ backends, shapes, rounds, sampleMilliseconds })));
  });
}

function classificationCommand(finish: Finish): Command {
  const command = new Command('classification')
    .summary('a network of pictures with each kind of pooling')
    .description('Train one network from scratch with each kind of pooling and several seeds, and compare them seed by seed.')
    .option('--data <sources...>', "folders or generators, a table for each (default: the files of Debian's dataset-fashion-mnist)")
    .option('--model <name>', 'the network, as softpool models lists them (default: small2d)')
    .option('--size <pixels>', 'height and width of its input (default: those of the pictures)', wholeNumber(8))
    .addOption(new Option('--augment <recipe>', '(default: none)').choices(['paper', 'imagenet', 'cifar', 'none']));
  training(command, { seeds: 5, epochs: 8, batchSize: 32, lr: 0.05, limit: '3000; 0: all', testLimit: 'all' });
  return common(command).action(async ({ model, lr, ...flags }: ExperimentFlags & ClassificationOptions & NetworkFlags) => {
    if (model !== undefined) await checkName(model);
    const options = {
      ...taken(flags, [...TRAINING, 'data', 'size', 'augment']),
      network: model as ClassificationOptions['network'],
      learningRate: lr,
    };
    finish(await runMade('classification', flags, (models) => models.classificationExperiment(options)));
  });
}

function videoCommand(finish: Finish): Command {
  const command = new Command('video')
    .summary('a network of clips with each kind of pooling')
    .description('Train one 3-D network from scratch on clips of moving figures, with each kind of pooling and several seeds.')
    .option('--model <name>', 'the network (default: small3d)')
    .option('--frames <n>', 'frames of a clip (default: 8)', wholeNumber(2))
    .option('--size <pixels>', 'height and width (default: 16)', wholeNumber(8))
    .option('--noise <number>', "standard deviation of each pixel's noise, of 255 (default: 15)", numberFrom(0))
    .option('--clutter <n>', 'figures that are in the way (default: 1)', wholeNumber(0))
    .option('--jitter <number>', 'how far a figure is off its path, in 32nds of the size (default: 0.5)', numberFrom(0))
    .option('--ambiguity <number>', 'how far motions differ from those of their class (default: 1)', numberFrom(0));
  training(command, { seeds: 5, epochs: 10, batchSize: 16, lr: 0.05, limit: '480', testLimit: '800' });
  return common(command).action(async ({ model, lr, ...flags }: ExperimentFlags & VideoOptions & NetworkFlags) => {
    if (model !== undefined) await checkName(model);
    const scene = ['frames', 'size', 'noise', 'clutter', 'jitter', 'ambiguity'] as const;
    const options = { ...taken(flags, [...TRAINING, ...scene]), network: model as VideoOptions['network'], learningRate: lr };
    finish(await runMade('video', flags, (models) => models.videoExperiment(options)));
  });
}

function gradientCommand(finish: Finish): Command {
  const command = new Command('gradient')
    .summary("the paper's gradient or the exact one")
    .description(
      "Train networks that are the same, forward, with the paper's gradient and with the exact one, and compare them seed by seed.",
    )
    .option(
      '--from <folders...>',
      'compare what these experiments, classification and video, trained; runs that they have are not made again',
    )
    .option('--data <sources...>', 'without --from: pictures, as of classification')
    .option('--picture-epochs <n>', 'without --from, as of classification', wholeNumber(1))
    .option('--picture-limit <n>', 'pictures to train on', wholeNumber(0))
    .option('--picture-test-limit <n>', 'pictures to test on', wholeNumber(0))
    .option('--clip-epochs <n>', 'without --from, as of video', wholeNumber(1))
    .option('--clip-limit <n>', 'clips to train on', wholeNumber(1))
    .option('--clip-test-limit <n>', 'clips to test on', wholeNumber(1))
    .option('--seeds <n>', 'how many seeds (default: 5)', wholeNumber(1))
    .addOption(new Option('--backend <name>', 'of TensorFlow.js (default: wasm)').choices(BACKENDS));
  return common(command).action(async (flags: ExperimentFlags & GradientFlags) => {
    const { from, data, seeds, backend } = flags;
    const classification = { data, epochs: flags.pictureEpochs, limit: flags.pictureLimit, testLimit: flags.pictureTestLimit };
    const video = { epochs: flags.clipEpochs, limit: flags.clipLimit, testLimit: flags.clipTestLimit };
    const options: GradientOptions = { from, classification, video, seeds, backend };
    finish(await runMade('gradient', flags, (models) => models.gradientExperiment(options)));
  });
}

interface GradientFlags {
  readonly from?: string[];
  readonly data?: string[];
  readonly pictureEpochs?: number;
  readonly pictureLimit?: number;
  readonly pictureTestLimit?: number;
  readonly clipEpochs?: number;
  readonly clipLimit?: number;
  readonly clipTestLimit?: number;
  readonly seeds?: number;
  readonly backend?: BackendName;
}

interface NetworkFlags {
  readonly model?: string;
  readonly lr?: number;
}

const TRAINING = ['seeds', 'epochs', 'batchSize', 'limit', 'testLimit', 'backend'] as const;

/** The options of training, with the defaults of an experiment. */
function training(
  command: Command,
  defaults: { seeds: number; epochs: number; batchSize: number; lr: number; limit: string; testLimit: string },
): void {
  command
    .option('--seeds <n>', `how many seeds (default: ${defaults.seeds})`, wholeNumber(1))
    .option('--epochs <n>', `(default: ${defaults.epochs})`, wholeNumber(1))
    .option('--batch-size <n>', `(default: ${defaults.batchSize})`, wholeNumber(1))
    .option('--lr <number>', `learning rate at the start (default: ${defaults.lr})`, numberAbove0())
    .option('--limit <n>', `samples to train on (default: ${defaults.limit})`, wholeNumber(0))
    .option('--test-limit <n>', `samples to test on (default: ${defaults.testLimit})`, wholeNumber(0))
    .addOption(new Option('--backend <name>', 'of TensorFlow.js (default: wasm)').choices(BACKENDS));
}

/** What all experiments have. */
function common(command: Command): Command {
  return command
    .option('--out <folder>', `the folder of the experiment (default: experiments/${command.name()})`)
    .option('--resume', 'make what is left of the experiment in the folder')
    .option('--force', 'replace the experiment in the folder')
    .option('--quiet', 'print nothing but the table, warnings and errors')
    .option('--json', 'print the figures as JSON');
}

/** Those of the flags that an experiment takes. */
function taken<Flags extends object, Name extends keyof Flags>(flags: Flags, names: readonly Name[]): Pick<Flags, Name> {
  return Object.fromEntries(names.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]]))) as Pick<Flags, Name>;
}

/** Several values of an option, each read by `parse`. */
function listed<T>(parse: (text: string) => T): (text: string, before: T[] | undefined) => T[] {
  return (text, before = []) => [...before, parse(text)];
}

function shapeOf(text: string): number[] {
  const sizes = sizesIn(text);
  if (sizes.length === 4 || sizes.length === 5) return sizes;
  throw new InvalidArgumentError(
    'It must be batch x height x width x channels, as in 8x32x32x64, or batch x frames x height x width x channels.',
  );
}
