/** `softpool image`: its options and its help. */
import { METHODS, RESAMPLERS } from '@softpool/media/node';
import { Command, Option } from 'commander';
import { choice } from '../../shared/arguments/options.ts';
import { sharpness, wholeNumber } from '../../shared/arguments/values.ts';
import { DEFAULT_JOBS, formatOf, type ImageFlags, imageSize, methodOf, resamplerOf } from './options.ts';
import { runImage } from './run.ts';

const HELP = `
Give exactly one of --factor, --kernel, --size, and --width or --height or both.

SoftPool's pixels are the softmax-weighted sums of their windows: between averaging, which blurs, and the maximum, which throws away.
Images are pooled on a 0–1 scale, by default with β = 4.44 = 1/0.225 (pixels scaled by ImageNet's standard deviation with β = 1, as in the
paper's published pictures; a plain β = 1 on 0–1 pixels is nearly an average, and on 0–255 nearly a maximum) and with one weight per pixel
for all channels, which keeps colours from shifting. Transparent pixels bring no colour.

The EXIF orientation is applied, colour profiles and CMYK are converted to sRGB, metadata is not kept. PNG and TIFF keep 16 bits.
Folders are searched for JPEG, PNG, WebP, AVIF and TIFF files, with their sub-folders, which the output folder gets too.

Files are worked on side by side, as many as --jobs says, while what they are expected to take (their decoded and floating-point pixels, by
the size in their headers) is within --memory. A file that would take more than that is worked on alone.

Exit status: 0 all done, 1 some files could not be done, 2 the arguments make no sense, 129, 130 or 143 interrupted.

Examples:
  softpool image photo.jpg -o small.jpg --factor 4
  softpool image photos -o thumbnails/ --width 320
  softpool image photo.jpg -o sheet.png --factor 4 --compare
  curl -s https://example.org/photo.jpg | softpool image - -o - --size 200x200 --format png > small.png`;

/** The command. `finish` gets its exit status. */
export function imageCommand(finish: (status: number) => void): Command {
  return new Command('image')
    .summary('shrink images with SoftPool')
    .description('Shrink images with SoftPool, or with the methods it replaces.')
    .argument('<sources...>', 'files, folders or patterns; - is standard input')
    .requiredOption(
      '-o, --output <path>',
      'the file to write, or, if it is a folder, ends in / or there are several images, the folder; - is standard output',
    )
    .option('--factor <n>', 'shrink both sides by a whole number (windows of n × n pixels)', wholeNumber(1))
    .option('--kernel <n>', 'windows of n × n pixels', wholeNumber(1))
    .option('--stride <n>', 'pixels between these windows (default: the kernel)', wholeNumber(1))
    .option('--padding <n>', 'pixels of padding around the image for these windows, which have no weight (default: 0)', wholeNumber(0))
    .option('--width <pixels>', 'the width of the result; the height follows if it is not given', wholeNumber(1))
    .option('--height <pixels>', 'the height of the result; the width follows if it is not given', wholeNumber(1))
    .option('--size <WxH>', 'the width and height of the result', imageSize)
    .option(
      '--beta <number>',
      'sharpness of soft, for pixels on a 0–1 scale; 0 averages, large values approach max (default: 4.44)',
      sharpness,
    )
    .addOption(
      choice('--weights <kind>', 'shared: one weight per pixel; perChannel: each channel by itself', ['shared', 'perChannel'], 'shared'),
    )
    .addOption(new Option('--method <name>', METHODS.join(', ')).argParser(methodOf).default('soft'))
    .option('--linear', 'pool linear light instead of sRGB-encoded samples')
    .option('--format <name>', 'jpeg, png, webp, avif or tiff (default: by the output’s name, else as the input)', formatOf)
    .option('--quality <1-100>', 'quality of JPEG, WebP, AVIF and TIFF (default: 80, AVIF 50)', wholeNumber(1, 100))
    .option('--compare', 'write a contact sheet of the methods, a PNG, and print their SSIM, PSNR and time')
    .addOption(
      new Option(
        '--enlarge <name>',
        `what brings results back to full size for --compare: ${RESAMPLERS.join(', ')} (default: cubic)`,
      ).argParser(resamplerOf),
    )
    .option('--json', 'print what was done as JSON')
    .option('--quiet', 'print nothing but errors, and JSON where --json asks for it')
    .option('--dry-run', 'print what would be written, and write nothing')
    .option('--force', 'replace files that are there')
    .option('--jobs <n>', 'files worked on at once', wholeNumber(1, 64), DEFAULT_JOBS)
    .option('--memory <MB>', 'megabytes that files worked on at once may take (default: a quarter of the machine’s)', wholeNumber(1))
    .option('--max-pixels <n>', 'refuse images of more pixels', wholeNumber(1), 0x3fff * 0x3fff)
    .addHelpText('after', HELP)
    .action(async (sources: string[], flags: ImageFlags) => finish(await runImage(sources, flags)));
}
