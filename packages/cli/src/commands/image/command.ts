/** `softpool image`: its options and its help. */
import { FITS, METHODS, POSITIONS, RESAMPLERS } from '@softpool/media/internal/choices';
import { Command } from 'commander';
import {
  betaOption,
  choice,
  dryRunOption,
  forceOption,
  jsonOption,
  outputOption,
  poolWeightsOption,
  quietOption,
  shardOptions,
} from '../../shared/arguments/options.ts';
import { integer, parseLength, parseSize } from '../../shared/arguments/values.ts';
import { type SetExitCode, SHARD_EXIT_CODES_HELP } from '../../shared/exit-codes.ts';
import { DEFAULT_JOBS, type ImageFlags, parseFormats } from './options.ts';

const HELP = `
Give the size with exactly one of --factor, --kernel, --size, or --width and/or --height. The aspect ratio
is kept unless --fit is fill. A picture that the size would enlarge keeps its own, unless --smaller says
otherwise.

Without --output each result is written beside its input, with its size in the name: photo-512x384.jpg.
A name can have the fields {name}, {ext}, {width}, {height}, {dir}, {factor} and {method}: the input's name
and its folder below the given one, and the result's extension and size.

Each pixel of the result is the softmax-weighted mean of a window: sharper than the average, smoother than
the maximum. Images are pooled on a 0–1 scale. The default β is 4.44 = 1/0.225: β = 1 on pixels divided by
ImageNet's standard deviation, as in the paper's published pictures. By default all channels of a pixel share
one weight, which keeps colors. Transparent pixels contribute no color.

The EXIF orientation is applied. Color profiles and CMYK are converted to sRGB, unless --profile is keep.
Gray stays gray. PNG and TIFF keep 16 bits per sample.

Folders are searched for JPEG, PNG, WebP, AVIF and TIFF files, with their subfolders, which are recreated
in the output folder. Name GIF and SVG files, or give a pattern. Only the first page of a file or frame of
an animation is taken; --pages all takes all, and writes WebP or TIFF.

Up to --jobs files are processed at once, as long as their pixels fit into --memory. A larger file is processed
alone.

With --shard or --shards, and on archives (in-{000000..000999}.tar), the work is recorded in the output
folder: run again, the command does what is missing. softpool status says what is done. In archives the
pictures are reduced, and other members carried along.

${SHARD_EXIT_CODES_HELP}
If a refused image is still being decoded when all else is done, the exit code is 143 in place of 1 before
Node 22.15.

Examples:
  softpool image photo.jpg --width 50%
  softpool image photos -o thumbnails/ --width 320
  softpool image photos -o 'web/{dir}/{name}-{width}.{ext}' --size 640x640 --fit cover --format webp,avif
  softpool image animation.gif -o small.webp --factor 2 --pages all
  softpool image photo.jpg -o sheet.png --factor 4 --compare
  softpool image photos -o out --width 320 --shard 3/20
  softpool image 'in-{000000..000999}.tar' -o out --width 320
  curl -s https://example.org/photo.jpg | softpool image - -o - --size 200x200 --format png > small.png`;

/** The command. `setExitCode` gets its exit code. */
export function imageCommand(setExitCode: SetExitCode): Command {
  const command = new Command('image')
    .summary('make images smaller with SoftPool')
    .description('Make images smaller with SoftPool, or with the methods it replaces.')
    .usage('[options] [sources...]')
    .argument('[sources...]', 'files, folders or glob patterns; - for standard input')
    .addOption(
      outputOption(
        'path',
        'file or folder to write, or a name with fields; a folder if it exists, ends in / or there are several images; - for standard output (default: beside each input)',
      ),
    )
    .option('--factor <n>', 'integer by which to divide both sides, ≥ 1 (windows of n × n pixels)', integer({ least: 1 }))
    .option('--kernel <n>', 'side of the square windows in pixels', integer({ least: 1 }))
    .option('--stride <n>', 'step between windows in pixels, with --kernel (default: --kernel)', integer({ least: 1 }))
    .option('--padding <n>', 'padding around the image in pixels, with --kernel; it has no weight (default: 0)', integer({ least: 0 }))
    .option('--width <length>', 'width of the result in pixels, or as a percentage (default: by the aspect ratio)', parseLength)
    .option('--height <length>', 'height of the result in pixels, or as a percentage (default: by the aspect ratio)', parseLength)
    .option('--size <WxH>', 'width and height of the result in pixels', parseSize)
    .addOption(
      choice(
        '--fit <how>',
        'largest result within the width and height (inside), cropped to them (cover) or stretched (fill) (default: inside)',
        FITS,
      ),
    )
    .addOption(choice('--position <place>', 'part of the image that --fit cover keeps (default: center)', POSITIONS))
    .addOption(
      choice('--smaller <action>', 'action for an image that the size would enlarge: keep its size, skip it, or fail (default: keep)', [
        'keep',
        'skip',
        'fail',
      ]),
    )
    .addOption(choice('--method <name>', 'pooling method or resampler', METHODS, 'soft'))
    .addOption(betaOption('4.44, for pixels on a 0–1 scale'))
    .addOption(poolWeightsOption('shared'))
    .option('--linear', 'pool linear light instead of sRGB-encoded samples')
    .option(
      '--format <names>',
      'jpeg, png, webp, avif or tiff, or several with commas (default: by the extension of --output, else as the input)',
      parseFormats,
    )
    .option(
      '--quality <1-100>',
      'quality of JPEG, WebP, AVIF and TIFF (default: 80, AVIF 50, TIFF lossless)',
      integer({ least: 1, most: 100 }),
    )
    .addOption(
      choice('--profile <name>', 'color space of the result: sRGB, or that of the file, with its profile', ['srgb', 'keep'], 'srgb'),
    )
    .addOption(choice('--metadata <action>', 'EXIF and XMP of the file', ['drop', 'keep'], 'drop'))
    .addOption(choice('--pages <which>', 'pages of a file, or frames of an animation', ['first', 'all'], 'first'))
    .option('--compare', 'write a contact sheet of several methods as PNG, and print their SSIM, PSNR and time')
    .addOption(choice('--enlarge-by <name>', 'resampler that enlarges the results for --compare (default: cubic)', RESAMPLERS))
    .addOption(jsonOption())
    .addOption(quietOption())
    .addOption(dryRunOption())
    .addOption(forceOption())
    .option('--skip-existing', 'skip images whose result exists')
    .option('--jobs <n>', 'number of files processed at once, from 1 to 64', integer({ least: 1, most: 64 }), DEFAULT_JOBS)
    .option(
      '--memory <MB>',
      'memory limit for the files processed at once, in megabytes (default: a quarter of the machine’s)',
      integer({ least: 1 }),
    )
    .option(
      '--max-pixels <n>',
      'maximum number of pixels of an image; its decoded bytes may be 4 times as many',
      integer({ least: 1 }),
      0x3fff * 0x3fff,
    )
    .option('--timeout <seconds>', 'refuse images that take longer to decode, from 1 to 3600 s', integer({ least: 1, most: 3600 }), 120)
    .addHelpText('after', HELP);
  for (const option of shardOptions()) command.addOption(option);
  return command.action(async (sources: string[], flags: ImageFlags) => {
    const { runImage } = await import('./run.ts');
    setExitCode(await runImage(sources, flags));
  });
}
