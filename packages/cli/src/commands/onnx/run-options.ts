/** The options of the commands that run two models: what they are run on, and how images become that. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { numberAbove0, seedOf, sizesIn, wholeNumber } from '../../shared/arguments/values.ts';
import type { InputShape } from './feeds.ts';

const HELP = `
Needs onnxruntime-node, which is not installed with this command. Inputs are random numbers as activations have them, mean 0 and standard deviation 1,
the same for the same --seed; or those of --input: a TensorProto (.pb), or bare float32 numbers in the order of the model's tensor. Random integers and
booleans are 0. Sizes that the model leaves open are 1, unless --shape gives them.

Images are read upright and in sRGB, on white where they are transparent, and resized so that they just cover the input, of which the middle is taken;
--resize 256 makes the shorter side that long first, --resize 224x224 stretches. Then (value - mean) / std, of values from 0 to 1, or to 255 with
--pixels 255 and for inputs of bytes. check runs them one by one, and a file that is no image is left out, with status 1; bench takes the first.

Exit status: 0 all done, 1 it could not be done, or an output has another shape, 2 the arguments make no sense, 129, 130 or 143 interrupted.

Examples:
  softpool onnx check resnet18.onnx resnet18-soft.onnx --shape 1x3x224x224
  softpool onnx check resnet18.onnx resnet18-soft.onnx --images photos --resize 256 --crop 224 --normalize imagenet
  softpool onnx bench resnet18.onnx resnet18-soft.onnx --shape 1x3x224x224 --runs 50 --threads 1`;

/** A command of two models and what they are run on. */
export function twoModels(name: string, summary: string): Command {
  return new Command(name)
    .summary(summary)
    .argument('<before.onnx>', 'a model')
    .argument('<after.onnx>', 'the same with other pooling')
    .option('--shape <shapes...>', 'the shape of the input, as in 1x3x224x224; of several, as in name=1x3x224x224', shapes, [])
    .option('--input <file>', 'the tensor of the only input')
    .addOption(new Option('--images <paths...>', 'images as the input: files, folders or patterns').conflicts('input'))
    .option('--resize <size>', 'the shorter side, or height x width', resizeOf)
    .option('--crop <size>', 'the middle that is taken, one side or height x width (default: what the model takes)', cropOf)
    .addOption(
      new Option('--normalize <name>', "mean and std of ImageNet's pixels").choices(['imagenet']).conflicts(['mean', 'std', 'pixels']),
    )
    .option('--mean <numbers>', 'subtracted from each channel, as in 0.5 or 0.485,0.456,0.406 (default: 0)', numbers)
    .option('--std <numbers>', 'what that is divided by (default: 1)', deviations)
    .addOption(new Option('--pixels <white>', 'what a white pixel is before that (default: 1, of bytes 255)').choices(['1', '255']))
    .addOption(new Option('--layout <order>', 'where channels are (default: as the input has 1 or 3)').choices(['nchw', 'nhwc']))
    .addOption(new Option('--order <channels>', 'the order of the channels (default: rgb)').choices(['rgb', 'bgr']))
    .option('--scale <number>', 'the standard deviation of random numbers', numberAbove0(), 1)
    .option('--seed <n>', 'of random numbers', seedOf, 1)
    .option('--threads <n>', 'threads of ONNX Runtime (default: those of the processor)', wholeNumber(1, 1024))
    .option('--json', 'print as JSON')
    .addHelpText('after', HELP);
}

function shapes(text: string, previous: readonly InputShape[]): InputShape[] {
  const [, name, sizes = ''] = /^(?:(.*)=)?([^=]*)$/.exec(text) ?? [];
  const shape = sizes === '' ? [] : sizes.split(/[x×]/i).map((size) => (/^[1-9]\d{0,8}$/.test(size) ? Number(size) : Number.NaN));
  if (shape.length === 0 || !shape.every(Number.isInteger))
    throw new InvalidArgumentError('It must be as in 1x3x224x224 or name=1x3x224x224.');
  return [...previous, { name, shape }];
}

function resizeOf(text: string): number | readonly [number, number] {
  const [height, width, ...more] = sizesIn(text);
  if (height === undefined || more.length > 0) throw new InvalidArgumentError('It must be pixels, as in 256 or 224x320.');
  return width === undefined ? height : [height, width];
}

function cropOf(text: string): readonly [number, number] {
  const size = resizeOf(text);
  return typeof size === 'number' ? [size, size] : size;
}

function numbers(text: string): number[] {
  const values = text.split(',').map((each) => (each.trim() === '' ? Number.NaN : Number(each)));
  if ((values.length === 1 || values.length === 3) && values.every(Number.isFinite)) return values;
  throw new InvalidArgumentError('It must be a number, or three, as in 0.485,0.456,0.406.');
}

function deviations(text: string): number[] {
  const values = numbers(text);
  if (values.every((value) => value > 0)) return values;
  throw new InvalidArgumentError('It must be above 0.');
}
