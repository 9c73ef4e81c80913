/** `softpool video`: its options and its help. */
import { SCENE_CUT, VIDEO_METHODS } from '@softpool/media/internal/choices';
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
import { integer, number, parseLength, parseSize } from '../../shared/arguments/values.ts';
import { type SetExitCode, SHARD_EXIT_CODES_HELP } from '../../shared/exit-codes.ts';
import { type GivenVideoFlags, parseDuration, parseSceneCut, parseSides, parseTime } from './options.ts';

const HELP = `
Give the size with --factor, --kernel, --size, or --width and/or --height, and the frame rate with --time or
--fps. --factor sets all three; any of the others can be given alone.

Each pixel of the result is the softmax-weighted mean of a window of frames × rows × columns. Windows follow
timestamps: a frame weighs as long as it is shown. A window takes frames of one scene only. The frame rate of
the result is constant, and the last window of time holds the remaining frames, so audio, subtitles and
chapters fit.

Colors are converted by the matrix and range of the video, which the result keeps and states. Rotation is
applied. More than 8 bits stay more than 8 bits if the encoder has them. HDR (PQ, HLG) is refused without
--tonemap. If chroma is shared by 2 × 2 pixels, as usual, an odd last row or column is left out.

A folder is searched for videos, with its subfolders, which are recreated in the output folder. Name GIF and
WebP files, or give a pattern: a folder is not searched for them. A folder that has pictures and no videos
is a clip: its frames in the natural order of their names. It is written to a folder, or to the files that a
name such as frame-%06d.png stands for. Shards do not take folders of frames.

--compare takes the first 10 s, or --duration, and compares soft, average and max with ffmpeg's scale, tmix and
fps. Its output is a PNG.

Needs ffmpeg 5.1 or later with ffprobe. Only files are read: playlists are not followed.

With --shard or --shards, and on archives, the work is recorded in the output folder: run again, the command
does what is missing. softpool status says what is done.

${SHARD_EXIT_CODES_HELP}

Examples:
  softpool video clip.mp4 -o small.mp4 --factor 2
  softpool video clip.mov -o small.webm --width 640 --fps 15
  softpool video clip.mkv -o preview.gif --start 1:30 --duration 5 --width 320 --fps 10
  softpool video *.mp4 -o small/ --factor 2 --crf 23
  softpool video frames -o small/ --factor 2
  softpool video clip.mp4 -o sheet.png --factor 2 --compare
  softpool video clips -o small --factor 2 --shard 3/20`;

/** The command. `setExitCode` gets its exit code. */
export function videoCommand(setExitCode: SetExitCode): Command {
  const command = new Command('video')
    .summary('make videos smaller with SoftPool')
    .description('Make videos smaller in width, height and frame rate with SoftPool.')
    .usage('[options] [clips...]')
    .argument('[clips...]', 'video files, animated GIF or WebP, folders of frames or of videos, or glob patterns; in shards also archives')
    .addOption(
      outputOption(
        'path',
        'file or folder to write, or a name such as frame-%06d.png for a file per frame; a folder if it exists, ends in / or there are several clips',
      ),
    )
    .option('--factor <n>', 'integer by which to divide width, height and frame rate, ≥ 1', integer({ least: 1 }))
    .option('--time <n>', 'frames per window (default: that of --factor or --kernel, else 1)', integer({ least: 1 }))
    .option('--fps <number>', 'frames per second of the result, in place of --time', number({ above: 0 }))
    .option(
      '--kernel <TxHxW>',
      'windows in frames and pixels, such as 2x4x4; one number is for all three; rows and columns that fill no window are left out',
      parseSides,
    )
    .option('--stride <TxHxW>', 'step between windows in frames and pixels, with --kernel (default: --kernel)', parseSides)
    .option('--width <length>', 'width of the result in pixels, or as a percentage (default: by the aspect ratio)', parseLength)
    .option('--height <length>', 'height of the result in pixels, or as a percentage (default: by the aspect ratio)', parseLength)
    .option('--size <WxH>', 'width and height of the result in pixels', parseSize)
    .addOption(choice('--method <name>', 'pooling method; nearest takes the middle pixel of each window', VIDEO_METHODS, 'soft'))
    .addOption(betaOption('4.44, for pixels on a 0–1 scale'))
    .addOption(poolWeightsOption('shared'))
    .option('--linear', 'pool linear light instead of encoded samples')
    .option(
      '--scene-cut <score>',
      `difference from which frames are of different scenes, from 0 to 1, or off (default: ${SCENE_CUT})`,
      parseSceneCut,
    )
    .option('--start <time>', 'where to start, in seconds or as h:mm:ss (default: the beginning)', parseTime)
    .option('--duration <time>', 'length of the part to read, in seconds or as h:mm:ss (default: up to the end)', parseDuration)
    .option('--deinterlace', 'make full frames of interlaced ones, which are refused otherwise')
    .option('--tonemap', 'map HDR (PQ and HLG) to BT.709; it is refused otherwise')
    .option('--input-fps <number>', 'frames per second of a folder of frames (default: 25)', number({ above: 0 }))
    .option('--codec <name>', 'h264, hevc, vp9, av1 or one of ffmpeg’s encoders (default: by the extension of --output)')
    .option(
      '--crf <n>',
      'quality of the encoder, lower is better, if it has this option (default: h264 20, hevc 23, vp9 and av1 31)',
      integer({ least: 0, most: 63 }),
    )
    .option('--preset <name>', 'speed of the encoder, such as slow, if it has this option (default: the encoder’s)')
    .option('--pixel-format <name>', 'ffmpeg’s name of the pixel format (default: the one that keeps most of the source)')
    .addOption(choice('--audio <what>', 'copy the audio or drop it (default: copy)', ['copy', 'drop']))
    .addOption(choice('--subtitles <what>', 'copy the subtitles or drop them (default: copy)', ['copy', 'drop']))
    .option('--compare', 'write a contact sheet of several methods as PNG, and print their SSIM, PSNR and speed')
    .option(
      '--threads <n>',
      'threads that pool while frames are read and written; 0 takes turns with them (default: 2, or 1 on one or two processors)',
      integer({ least: 0, most: 64 }),
    )
    .option('--ffmpeg <folder>', 'folder that has ffmpeg and ffprobe (default: those on the PATH)')
    .addOption(jsonOption())
    .addOption(quietOption())
    .addOption(dryRunOption())
    .addOption(forceOption())
    .option('--skip-existing', 'skip clips whose result exists')
    .addHelpText('after', HELP);
  for (const option of shardOptions()) command.addOption(option);
  return command.action(async (clips: string[], flags: GivenVideoFlags) => {
    const { runVideo } = await import('./run.ts');
    setExitCode(await runVideo(clips, flags));
  });
}
