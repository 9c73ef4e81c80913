/** `softpool video` in shards. */
import { basename, extname, join } from 'node:path';
import { isFramePattern, killPrograms, VIDEO_EXTENSIONS } from '@softpool/media/node';
import { UsageError } from '../../shared/exit-codes.ts';
import { STDIN } from '../../shared/files/image-files.ts';
import type { Processor, ShardedCommand } from '../../shared/shards/command.ts';
import { checkArguments, type Sides, type VideoFlags } from './options.ts';
import { planClip, writeClip } from './process.ts';
import { withoutPath } from './report.ts';

/** Extensions of videos that are searched for: GIF and WebP files are most often pictures. */
const SEARCHED: ReadonlySet<string> = new Set(VIDEO_EXTENSIONS.filter((extension) => extension !== '.gif' && extension !== '.webp'));

/** Extensions of other videos, whose containers are not written. */
const OTHERS: ReadonlySet<string> = new Set([
  ...[
    '.mpg',
    '.mpeg',
    '.m2v',
    '.ts',
    '.mts',
    '.m2ts',
    '.vob',
    '.wmv',
    '.asf',
    '.flv',
    '.f4v',
    '.3gp',
    '.3g2',
    '.ogv',
    '.mxf',
    '.rm',
    '.dv',
  ],
]);

/** What `softpool video` supplies. */
export const VIDEO_SHARDS: ShardedCommand<VideoFlags> = {
  name: 'video',
  searched: {
    isInput: (name) => SEARCHED.has(extname(name).toLowerCase()),
    otherExtension: (name) => {
      const extension = extname(name).toLowerCase();
      return OTHERS.has(extension) ? extension : undefined;
    },
    noun: 'video',
  },
  check(sources, flags) {
    checkArguments(sources, flags);
    if (flags.compare) throw new UsageError('--compare and shards exclude each other');
    if (sources.includes(STDIN)) throw new UsageError('shards cannot read clips from standard input; only --files can be -');
    if (SEARCHED.has(extname(flags.output).toLowerCase()) || isFramePattern(flags.output))
      throw new UsageError(`-o ${flags.output} is a file; shards need a folder, such as -o out/`);
  },
  settings({ factor, time, fps, kernel, stride, width, height, size, method, beta, poolWeights, linear, sceneCut, ...flags }) {
    const { inputFps, tonemap, start, duration, deinterlace, codec, crf, preset, pixelFormat, audio } = flags;
    return {
      ...{ factor, time, fps, kernel: sidesText(kernel), stride: sidesText(stride), width, height, size: size?.join('x') },
      ...{
        method,
        beta,
        poolWeights,
        linear,
        sceneCut,
        inputFps,
        tonemap,
        start,
        duration,
        deinterlace,
        codec,
        crf,
        preset,
        pixelFormat,
        audio,
      },
    };
  },
  folder: ({ output }) => output,
  processFiles: async (_, flags) => processor((relativePath) => join(flags.output, relativePath), flags),
  processMembers: (flags) => processor((name) => name, flags),
  stop: killPrograms,
};

function processor(nameOf: (relativePath: string) => string, flags: VideoFlags): Processor {
  return {
    needsFiles: true,
    jobs: 1, // ffmpeg uses all processors itself
    memory: 1,
    memoryOf: async () => 1,
    async process({ source, relativePath, temporary, refuse }) {
      if (typeof source !== 'string') throw new Error('a clip must be a file');
      const path = nameOf(relativePath);
      await refuse(path);
      try {
        // The container follows from the name. Existing files are refused above.
        const planned = await planClip(source, basename(path), { ...flags, force: true });
        const content = temporary(extname(path));
        await writeClip(planned, flags, { update() {} }, content);
        const { input, output } = planned;
        return { outputs: [{ path, content, from: [input.width, input.height], to: [output.width, output.height] }] };
      } catch (error) {
        throw error instanceof Error ? withMessage(error, withoutPath(error.message, source)) : error;
      }
    },
  };
}

/** The same error with another message: its other fields say whether to try again. */
function withMessage(error: Error, message: string): Error {
  error.message = message;
  return error;
}

function sidesText(sides: Sides | undefined): string | number | undefined {
  return typeof sides === 'object' ? sides.join('x') : sides;
}
