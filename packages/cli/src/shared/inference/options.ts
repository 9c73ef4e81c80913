/**
 * The options of the commands that run two models: what they run on, and how images become inputs.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { jsonOption, list, quietOption, seedOption, threadsOption } from '../arguments/options.ts';
import { number, sizesIn } from '../arguments/values.ts';
import { EXIT_CODES_HELP } from '../exit-codes.ts';
import { imageOptions, imagesHelp } from '../preprocessing/options.ts';
import type { Named } from './inputs.ts';

const HELP = `
Both models must be of the same kind: two ONNX files, or two TensorFlow.js models. A TensorFlow.js model
is a model.json (layers model or graph model), its folder, or the folder of a run of softpool train.
ONNX models run on onnxruntime-node, TensorFlow.js models on its wasm backend.

Inputs are random numbers with mean 0, determined by --seed, unless --inputs or --images are given.
Random integers and booleans are 0. Dynamic sizes are 1 unless --input-size gives them.

Tensor files are TensorProto messages (.pb) with their own shape, or bare float32 numbers in the
order of the tensor.

${imagesHelp('They are resized so that they just cover the input, and center-cropped.').trim()}

check runs the images one by one and skips files that are not images, with exit code 1; bench takes
the first.

${EXIT_CODES_HELP}
`;

/** A command that takes two models and what to run them on. */
export function pairCommand(name: 'check' | 'bench', examples: string): Command {
  const command = new Command(name)
    .argument('<before>', 'the original model')
    .argument('<after>', 'the same model with other pooling')
    .addOption(
      list(
        '--input-size <sizes...>',
        'shape of the input, such as 1x3x224x224, or name=1x3x224x224 for one of several; height x width of images',
        named(shape),
      ),
    )
    .addOption(list('--inputs <files...>', 'tensor file of the input, or name=file for one of several', named(fileName)))
    .addOption(new Option('--images <paths...>', 'images as inputs: files, folders or glob patterns').conflicts('inputs'));
  return imageOptions(command, { mean: '0', std: '1', resize: 'just covers the input' })
    .addOption(new Option('--scale <number>', 'standard deviation of the random inputs, > 0 (default: 1)').argParser(number({ above: 0 })))
    .addOption(seedOption('random inputs'))
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addOption(quietOption())
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
