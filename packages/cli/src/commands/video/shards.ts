/** `softpool video` in shards. */
import { basename, extname, join } from 'node:path';
import { isFramePattern, killPrograms, VIDEO_EXTENSIONS, VideoError } from '@softpool/media/node';
import { problem } from '../../shared/arguments/errors.ts';
import { lengthText } from '../../shared/arguments/values.ts';
import { UsageError } from '../../shared/exit-codes.ts';
import type { Processor, ShardedCommand } from '../../shared/shards/command.ts';
import { sidesOf } from '../../shared/sides.ts';
import { printable } from '../../shared/text.ts';
import { checkEncoding } from './check-encoding.ts';
import { isVideoFile, VIDEOS } from './inputs.ts';
import { checkArguments, type Sides, type VideoFlags } from './options.ts';
import { planClip, writeClip } from './process.ts';
import { withoutPath } from './report.ts';

/** What outputs depend on, besides sizes. */
const SETTINGS = [
  ...(['factor', 'time', 'fps', 'method', 'beta', 'poolWeights', 'linear', 'sceneCut'] as const),
  ...(['inputFps', 'tonemap', 'start', 'duration', 'deinterlace'] as const),
  ...(['codec', 'crf', 'preset', 'pixelFormat', 'audio', 'subtitles'] as const),
];

/** A name for each container of the clips in archives. */
const SEARCHED_NAMES = VIDEO_EXTENSIONS.map((extension) => `*${extension}`).filter(isVideoFile);

/** What `softpool video` supplies. */
export const VIDEO_SHARDS: ShardedCommand<VideoFlags> = {
  name: 'video',
  searched: VIDEOS,
  check(sources, flags) {
    checkArguments(sources, flags);
    if (flags.compare) throw new UsageError('--compare and shards exclude each other');
    if (flags.skipExisting) throw new UsageError('--skip-existing is not for shards, which know what is done; leave it out');
    if (isVideoFile(flags.output) || isFramePattern(flags.output))
      throw new UsageError(`-o ${printable(flags.output)} is a file; shards need a folder, such as -o out/`);
  },
  settings: (flags) => ({
    ...Object.fromEntries(SETTINGS.map((name) => [name, flags[name]])),
    kernel: sidesText(flags.kernel),
    stride: sidesText(flags.stride),
    width: lengthText(flags.width),
    height: lengthText(flags.height),
    size: flags.size?.join('x'),
  }),
  folder: ({ output }) => output,
  async processFiles(inputs, flags) {
    const nameOf = (relativePath: string): string => join(flags.output, relativePath);
    await checkEncoding(
      inputs.map(({ relativePath }) => nameOf(relativePath)),
      flags,
    );
    return processor(nameOf, flags);
  },
  async processMembers(flags) {
    await checkEncoding(SEARCHED_NAMES, flags);
    return processor((name) => name, flags);
  },
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
        if ('skipped' in planned) return planned;
        const content = temporary(extname(path));
        await writeClip(planned, flags, { update() {} }, content);
        const { input, output } = planned;
        return { outputs: [{ path, content, from: sidesOf(input), to: sidesOf(output) }] };
      } catch (error) {
        // The reason says whether to try again.
        throw error instanceof VideoError ? new VideoError(error.reason, withoutPath(problem(error), source), { cause: error }) : error;
      }
    },
  };
}

function sidesText(sides: Sides | undefined): string | number | undefined {
  return typeof sides === 'object' ? sides.join('x') : sides;
}
