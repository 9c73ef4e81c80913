/**
 * The options of the commands that run two models: what they run on, and how images become inputs.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { choice, jsonOption, layoutOption, list, seedOption } from '../arguments/options.ts';
import { numberAbove0, sizesIn, wholeNumber } from '../arguments/values.ts';
import { EXIT_CODES_HELP } from '../exit-codes.ts';
import type { Named } from './inputs.ts';

const HELP = `
Both models must be of the same kind: two ONNX files, or two TensorFlow.js models. A TensorFlow.js model
is a model.json (layers model or graph model), its folder, or the folder of a run of softpool train.
ONNX models run on onnxruntime-node, TensorFlow.js models on its wasm backend.

Inputs are random numbers with mean 0, determined by --seed, unless --inputs or --images are given.
Random integers and booleans are 0. Dynamic sizes are 1 unless --input-size gives them.

Tensor files are TensorProto messages (.pb) with their own shape, or bare float32 numbers in the
order of the tensor.

Images are rotated by EXIF and converted to sRGB, on white where they are transparent. They are
resized so that they just cover the input, and center-cropped. With --resize 256 the shorter side
becomes that long first; --resize 224x224 stretches. Each value then becomes (value - mean) / std,
where white is 1, or 255 with --pixels 255 and for byte inputs. check runs the images one by one
and skips files that are not images, with exit code 1; bench takes the first.

${EXIT_CODES_HELP}
`;

/** A command that takes two models and what to run them on. */
export function pairCommand(name: 'check' | 'bench', examples: string): Command {
  return new Command(name)
    .argument('<before>', 'the original model')
    .argument('<after>', 'the same model with other pooling')
    .addOption(
      list('--input-size <sizes...>', 'shape of the input, such as 1x3x224x224, or name=1x3x224x224 for one of several', named(shape)),
    )
    .addOption(list('--inputs <files...>', 'tensor file of the input, or name=file for one of several', named(fileName)))
    .addOption(new Option('--images <paths...>', 'images as inputs: files, folders or glob patterns').conflicts('inputs'))
    .option('--resize <size>', 'shorter side in pixels, or height x width (default: just covers the input)', resizeOf)
    .option('--crop <size>', 'center crop in pixels: one side, or height x width (default: the size of the input)', cropOf)
    .addOption(
      choice('--normalize <name>', 'mean and standard deviation of the pixels of a data set', ['imagenet']).conflicts([
        'mean',
        'std',
        'pixels',
      ]),
    )
    .addOption(list('--mean <numbers...>', 'mean to subtract: one number, or one for each channel (default: 0)', number))
    .addOption(
      list('--std <numbers...>', 'standard deviation to divide by, > 0: one number, or one for each channel (default: 1)', deviation),
    )
    .addOption(choice('--pixels <white>', 'value of a white pixel (default: 1, or 255 for byte inputs)', ['1', '255']))
    .addOption(layoutOption('axis order of the input (default: by the axis of size 1 or 3)'))
    .addOption(choice('--order <channels>', 'order of the color channels (default: rgb)', ['rgb', 'bgr']))
    .addOption(new Option('--scale <number>', 'standard deviation of the random inputs, > 0').argParser(numberAbove0()).default(1, '1'))
    .addOption(seedOption('random inputs'))
    .option(
      '--threads <n>',
      'number of ONNX Runtime threads, from 1 to 1024 (default: the number of processor cores)',
      wholeNumber(1, 1024),
    )
    .addOption(jsonOption())
    .addHelpText('after', `${HELP}\nExamples:\n${examples}`);
}

/** Parses `value`, or `name=value`. */
function named<T>(parse: (text: string) => T): (text: string) => Named<T> {
  return (text) => {
    const end = text.lastIndexOf('=');
    return { name: end === -1 ? undefined : text.slice(0, end), value: parse(text.slice(end + 1)) };
  };
}

function shape(text: string): readonly number[] {
  const sizes = sizesIn(text);
  if (sizes.length > 0) return sizes;
  throw new InvalidArgumentError('It must be sizes such as 1x3x224x224, or name=1x3x224x224.');
}

function fileName(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It must be a file, or name=file.');
}

function resizeOf(text: string): number | readonly [number, number] {
  const [height, width, ...more] = sizesIn(text);
  if (height === undefined || more.length > 0) throw new InvalidArgumentError('It must be pixels, such as 256 or 224x320.');
  return width === undefined ? height : [height, width];
}

function cropOf(text: string): readonly [number, number] {
  const size = resizeOf(text);
  return typeof size === 'number' ? [size, size] : size;
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number, or one for each channel, such as 0.485 0.456 0.406.');
}

function deviation(text: string): number {
  const value = number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be above 0.');
}
