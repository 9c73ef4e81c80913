/** `softpool image`: its options and its help. */
import { METHODS, RESAMPLERS } from '@softpool/media/node';
import { Command } from 'commander';
import {
  betaOption,
  choice,
  dryRunOption,
  forceOption,
  jsonOption,
  poolWeightsOption,
  quietOption,
} from '../../shared/arguments/options.ts';
import { wholeNumber } from '../../shared/arguments/values.ts';
import { EXIT_CODES_HELP } from '../../shared/exit-codes.ts';
import { DEFAULT_JOBS, type ImageFlags, parseFormat, parseSize } from './options.ts';
import { runImage } from './run.ts';

const HELP = `
Give the size with exactly one of --factor, --kernel, --size, or --width and/or --height.

Each pixel of the result is the softmax-weighted mean of a window: sharper than the average, smoother than
the maximum. Images are pooled on a 0–1 scale. The default β is 4.44 = 1/0.225: β = 1 on pixels divided by
ImageNet's standard deviation, as in the paper's published pictures. By default all channels of a pixel share
one weight, which keeps colors. Transparent pixels contribute no color.

The EXIF orientation is applied. Color profiles and CMYK are converted to sRGB. Metadata is dropped. PNG and
TIFF keep 16 bits per sample. Folders are searched for JPEG, PNG, WebP, AVIF and TIFF files, with their
subfolders, which are recreated in the output folder.

Up to --jobs files are processed at once, as long as their pixels fit into --memory. A larger file is processed
alone.

${EXIT_CODES_HELP}

Examples:
  softpool image photo.jpg -o small.jpg --factor 4
  softpool image photos -o thumbnails/ --width 320
  softpool image photo.jpg -o sheet.png --factor 4 --compare
  curl -s https://example.org/photo.jpg | softpool image - -o - --size 200x200 --format png > small.png`;

/** The command. Calls `finish` with its exit code. */
export function imageCommand(finish: (status: number) => void): Command {
  return new Command('image')
    .summary('make images smaller with SoftPool')
    .description('Make images smaller with SoftPool, or with the methods it replaces.')
    .argument('<sources...>', 'files, folders or glob patterns; - for standard input')
    .requiredOption(
      '-o, --output <path>',
      'file or folder to write; a folder if it exists, ends in / or there are several images; - for standard output',
    )
    .option('--factor <n>', 'integer by which to divide both sides, ≥ 1 (windows of n × n pixels)', wholeNumber(1))
    .option('--kernel <n>', 'side of the square windows in pixels', wholeNumber(1))
    .option('--stride <n>', 'step between windows in pixels, with --kernel (default: --kernel)', wholeNumber(1))
    .option('--padding <n>', 'padding around the image in pixels, with --kernel; it has no weight (default: 0)', wholeNumber(0))
    .option('--width <pixels>', 'width of the result in pixels (default: from --height, keeping the aspect ratio)', wholeNumber(1))
    .option('--height <pixels>', 'height of the result in pixels (default: from --width, keeping the aspect ratio)', wholeNumber(1))
    .option('--size <WxH>', 'width and height of the result in pixels', parseSize)
    .addOption(choice('--method <name>', 'pooling method or resampler', METHODS, 'soft'))
    .addOption(betaOption('4.44, for pixels on a 0–1 scale'))
    .addOption(poolWeightsOption('shared'))
    .option('--linear', 'pool linear light instead of sRGB-encoded samples')
    .option(
      '--format <name>',
      'jpeg, png, webp, avif or tiff (default: from the extension of --output, else that of the input)',
      parseFormat,
    )
    .option('--quality <1-100>', 'quality of JPEG, WebP, AVIF and TIFF (default: 80, AVIF 50, TIFF lossless)', wholeNumber(1, 100))
    .option('--compare', 'write a contact sheet of several methods as PNG, and print their SSIM, PSNR and time')
    .addOption(choice('--enlarge-by <name>', 'resampler that enlarges the results for --compare (default: cubic)', RESAMPLERS))
    .addOption(jsonOption())
    .addOption(quietOption())
    .addOption(dryRunOption())
    .addOption(forceOption())
    .option('--jobs <n>', 'number of files processed at once, from 1 to 64', wholeNumber(1, 64), DEFAULT_JOBS)
    .option('--threads <n>', 'number of threads per image, from 1 to 256 (default: 1)', wholeNumber(1, 256))
    .option(
      '--memory <MB>',
      'memory limit for the files processed at once, in megabytes (default: a quarter of the machine’s)',
      wholeNumber(1),
    )
    .option('--max-pixels <n>', 'refuse images with more pixels', wholeNumber(1), 0x3fff * 0x3fff)
    .addHelpText('after', HELP)
    .action(async (sources: string[], flags: ImageFlags) => finish(await runImage(sources, flags)));
}
