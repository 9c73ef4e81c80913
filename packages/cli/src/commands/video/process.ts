/** Processes one clip: reads it, pools it and writes it. */
import { basename, dirname, join } from 'node:path';
import { type PoolVideoOptions, pooledVideoSize } from '@softpool/media';
import { checkPart, frameRateOf, quotient, reducedRatio } from '@softpool/media/internal';
import { createFolder } from '@softpool/media/internal/files';
import {
  type DecodedFrame,
  type EncodeVideoOptions,
  isFramePattern,
  type PooledSize,
  planVideo,
  poolVideoThreaded,
  probeVideo,
  type Ratio,
  readVideo,
  type VideoInfo,
  type VideoOutput,
  writeVideo,
} from '@softpool/media/node';
import { writingError } from '../../shared/files/errors.ts';
import { writeAtomicBy } from '../../shared/files/write-file.ts';
import { writeFileSet } from '../../shared/files/write-numbered.ts';
import { poolOptions, type VideoFlags } from './options.ts';
import { bytesOfInput, bytesOfOutput, checkOutput, framesOf, withFrameNames } from './outputs.ts';
import type { VideoProgress } from './progress.ts';

/** What will be done with a clip. */
export interface Planned {
  readonly input: VideoInfo;
  readonly path: string;
  readonly pool: PoolVideoOptions;
  readonly output: VideoOutput;
}

/** What was done. */
export interface Done extends Planned {
  /** Bytes of the clip, and of its result. */
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** Frames that were read and written. */
  readonly frames: readonly [read: number, written: number];
  readonly seconds: number;
}

/**
 * Reads the header of a clip. Rejects if it shows that the part that is wanted is not there. The
 * rate of a video whose rate varies is at least the one that is asked for, if frames come so fast.
 */
export async function probeClip(
  path: string,
  { ffmpeg, inputFps, tonemap, start, duration, deinterlace, fps = 0 }: VideoFlags,
): Promise<VideoInfo> {
  const info = await probeVideo(path, { programs: ffmpeg, frameRate: inputFps, tonemap });
  checkPart(info, { start, duration, deinterlace });
  const isFaster = info.isVariable && fps > quotient(info.frameRate) && fps <= quotient(info.highestRate);
  return isFaster ? { ...info, frameRate: frameRateOf(fps) } : info;
}

/** Finds out what would be done. Rejects if the header shows that it cannot be done. */
export async function planClip(path: string, outputOf: string, flags: VideoFlags): Promise<Planned | { readonly skipped: string }> {
  if (isFramePattern(outputOf) && basename(outputOf) === basename(path)) {
    throw new Error('a result of this name would be a file per frame; rename the clip, or give -o another name');
  }
  const isKnown = !outputOf.endsWith('/');
  const early = isKnown ? await checkOutput(path, outputOf, flags) : undefined;
  if (early !== undefined) return early;
  const input = await probeClip(path, flags);
  const outputPath = withFrameNames(outputOf, input.pictures?.extension);
  const late = isKnown ? undefined : await checkOutput(path, outputPath, flags);
  if (late !== undefined) return late;
  const frameRate = input.frameRate[0] / input.frameRate[1];
  const pool = { ...poolOptions(flags, input), frameRate };
  const size = pooledVideoSize({ ...input, frameRate }, pool);
  const pooled: PooledSize = {
    width: size.width,
    height: size.height,
    frameRate: resultRate(input.frameRate, size.frameRate, flags.fps),
    pixelAspect: resultAspect(input, size, pool),
  };
  const output = await planVideo(outputPath, input, pooled, encodeOptions(flags));
  return { input, path: outputPath, pool, output };
}

/** How results are encoded. */
export function encodeOptions(flags: VideoFlags): EncodeVideoOptions {
  const { ffmpeg: programs, start, duration, codec, crf, preset, pixelFormat, audio, subtitles } = flags;
  return { programs, start, duration, codec, crf, preset, pixelFormat, audio, subtitles };
}

/** Processes a clip. Rejects with an error whose message can be shown. */
export async function processClip(planned: Planned, flags: VideoFlags, progress: VideoProgress): Promise<Done> {
  const begin = performance.now();
  const { path } = planned;
  const { force = false } = flags;
  const inputBytes = await bytesOfInput(planned.input); // afterwards it may be gone
  const write = (file: string): Promise<Done['frames']> => writeClip(planned, flags, progress, file);
  const set = framesOf(path);
  if (set === undefined) {
    try {
      createFolder(dirname(path));
    } catch (error) {
      throw writingError(path, error);
    }
  }
  const frames = await (set === undefined
    ? writeAtomicBy(path, write, { force })
    : writeFileSet(set, (folder) => write(join(folder, basename(path))), { force }));
  return {
    ...planned,
    frames,
    inputBytes,
    outputBytes: await bytesOfOutput(path),
    seconds: (performance.now() - begin) / 1000,
  };
}

/** Writes the result into a file, which is incomplete if this rejects. */
export async function writeClip(planned: Planned, flags: VideoFlags, progress: VideoProgress, file: string): Promise<Done['frames']> {
  const { input, pool, output } = planned;
  const { start, duration, deinterlace } = flags;
  let read = 0;
  async function* counted(frames: AsyncIterable<DecodedFrame>): AsyncGenerator<DecodedFrame> {
    for await (const frame of frames) {
      yield frame;
      progress.update(++read, frame.timestamp);
    }
  }
  const source = readVideo(input, { programs: flags.ffmpeg, start, duration, deinterlace });
  const pooled = poolVideoThreaded(counted(source), { ...pool, threads: flags.threads });
  const written = await writeVideo(file, pooled, output);
  return [read, written];
}

/**
 * The exact rate of the result: that of the source divided by a whole number, or the one asked for.
 */
function resultRate([numerator, denominator]: Ratio, frameRate: number, fps: number | undefined): Ratio {
  return fps === undefined ? reducedRatio(numerator, denominator * Math.round(numerator / denominator / frameRate)) : frameRateOf(fps);
}

/** The shape of the result's pixels, so that the picture keeps its shape. */
function resultAspect(video: VideoInfo, size: { width: number; height: number }, pool: PoolVideoOptions): Ratio {
  const { kernelSize, stride = kernelSize } = pool;
  const [numerator, denominator] = video.pixelAspect;
  if (stride !== undefined) {
    const [, y, x] = typeof stride === 'number' ? [1, 1, 1] : stride;
    return reducedRatio(numerator * x, denominator * y);
  }
  const isScaled = pool.width === undefined || Math.abs((video.width * size.height) / video.height - size.width) < 2;
  if (isScaled) return video.pixelAspect;
  return reducedRatio(numerator * video.width * size.height, denominator * video.height * size.width);
}
