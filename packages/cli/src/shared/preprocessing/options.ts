/** The options of all commands that make inputs of images. */
import { type Command, InvalidArgumentError } from 'commander';
import { choice, layoutOption, list } from '../arguments/options.ts';
import { number, sizesIn } from '../arguments/values.ts';

/**
 * The paragraphs on these options in the help of a command. `resizing` says what is done without
 * --resize.
 */
export function imagesHelp(resizing: string): string {
  return `
Images are rotated by EXIF and converted to sRGB, on white where they are transparent.
${resizing}
With --resize 256 the shorter side becomes that long first; --resize 224x224 stretches. Each value
then becomes (value - mean) / std, where white is 1, or 255 with --pixels 255 and for byte inputs.

A preprocessor_config.json of transformers.js beside the model, or in the folder above, replaces
these defaults. Flags take precedence over it.`;
}

/** What a number of --mean must be, for those who separate them with commas. */
const MEAN = 'a number, or one for each channel, such as 0.485 0.456 0.406';

/** Adds the options. `defaults` says what is done without them. */
export function imageOptions(
  command: Command,
  defaults: { readonly mean: string; readonly std: string; readonly resize: string },
): Command {
  return command
    .option('--resize <size>', `shorter side in pixels, or height x width (default: ${defaults.resize})`, resizeOf)
    .option('--crop <size>', 'center crop in pixels: one side, or height x width (default: the size of the input)', cropOf)
    .addOption(
      choice('--normalize <name>', 'mean and standard deviation of the pixels of a data set', ['imagenet']).conflicts([
        'mean',
        'std',
        'pixels',
      ]),
    )
    .addOption(
      list('--mean <numbers...>', `mean to subtract: one number, or one for each channel (default: ${defaults.mean})`, number({}, MEAN)),
    )
    .addOption(
      list(
        '--std <numbers...>',
        `standard deviation to divide by, > 0: one number, or one for each channel (default: ${defaults.std})`,
        number({ above: 0 }),
      ),
    )
    .addOption(choice('--pixels <white>', 'value of a white pixel (default: 1, or 255 for byte inputs)', ['1', '255']))
    .addOption(layoutOption('axis order of the input (default: by the axis of size 1 or 3)'))
    .addOption(choice('--order <channels>', 'order of the color channels (default: rgb)', ['rgb', 'bgr']));
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
