/** Class folders of clips, decoded by ffmpeg. */
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import limitConcurrency from 'p-limit';
import { checkInteger, rangeError } from 'softpool/internal';
import { CorruptSampleError, type DataSet, type Sample } from '../data-set.ts';
import { listClassFolders } from './class-folders.ts';
import { type ClipLength, checkInstalled, type Decoding, decode, probe } from './ffmpeg.ts';
import { sampleFileError } from './file-errors.ts';
import { isEndless, NOT_A_FILE } from './read-whole.ts';

/** The options of {@link clipFolder}. */
export interface ClipFolderOptions {
  /** Frames to read of each clip. Default 16. */
  readonly frames?: number | undefined;
  /**
   * [height, width] of the frames in pixels. Clips are scaled to cover it and cropped to the
   * center. Default [128, 171], from which a network of 112 × 112 takes random crops.
   */
  readonly size?: readonly [number, number] | undefined;
  /**
   * Frames per second, taken from the middle of the clip. Default: the frames are spread evenly
   * over the whole clip. A clip that is too short is a corrupt sample.
   */
  readonly framesPerSecond?: number | undefined;
  /** Most ffmpeg processes at a time. Default: the number of cores. */
  readonly processes?: number | undefined;
}

/** Whether a file is taken for a clip, by its name. Its content is checked when it is read. */
export function isClipName(name: string): boolean {
  return /\.(?:avi|mp4|m4v|mkv|mov|webm|mpe?g|ogv|wmv|flv|3gp)$/i.test(name);
}

/**
 * Opens a folder of class folders of clips, as in `clips/archery/1.avi`, UCF-101 or Kinetics.
 * ffmpeg decodes each clip on demand as [frames, height, width, 3]. Hidden files and other
 * extensions are skipped. A file that is not a clip, is damaged or too short is a corrupt sample.
 *
 * @param folder - The folder.
 * @param options - Which frames to read, and their size.
 * @throws RangeError for an invalid option. Error if ffmpeg is missing, or naming the folder, as
 *   for `imageFolder`.
 * @example
 * ```ts
 * async function open(): Promise<void> {
 *   const clips = await clipFolder('ucf-101', { frames: 16, framesPerSecond: 12.5 });
 *   console.log(clips.classes, clips.labels.length);
 * }
 * ```
 */
export async function clipFolder(folder: string, options: ClipFolderOptions = {}): Promise<DataSet> {
  const { frames = 16, size = [128, 171], framesPerSecond, processes = availableParallelism() } = options;
  for (const [option, value] of Object.entries({ frames, 'size[0]': size[0], 'size[1]': size[1], processes })) {
    checkInteger('clipFolder', `options.${option}`, value, 1);
  }
  if (framesPerSecond !== undefined && !(framesPerSecond > 0 && framesPerSecond < 1e6)) {
    throw rangeError('clipFolder', 'options.framesPerSecond', 'a number above 0', framesPerSecond);
  }
  const { classes, files } = await listClassFolders(folder, isClipName, 'clips');
  await checkInstalled();
  const [height, width] = size;
  const clips = files.flatMap((names, label) => names.map((name) => ({ label, path: join(folder, classes[label] as string, name) })));
  const pathOf = (index: number): string => (clips[index] as { path: string }).path;
  const lengths = new Map<number, ClipLength>(); // kept for the next epoch
  const limit = limitConcurrency(processes);
  const read = async (index: number): Promise<Sample> => {
    const path = pathOf(index);
    const endless = await isEndless(path).catch((error: unknown) => {
      throw sampleFileError(path, error);
    });
    if (endless) throw new CorruptSampleError(`${path}: ${NOT_A_FILE}`);
    const length = lengths.get(index) ?? (await probe(path));
    lengths.set(index, length);
    const range = frameRange(path, length, frames, framesPerSecond);
    const data = await decode(path, { ...range, frames, height, width });
    return { data, shape: [frames, height, width, 3] };
  };
  return {
    name: basename(folder) || folder,
    classes,
    labels: Uint16Array.from(clips, ({ label }) => label),
    describe: pathOf,
    read: (index) => limit(() => read(index)),
  };
}

/** Where a clip's frames are taken. */
function frameRange(
  path: string,
  { duration, frames: has }: ClipLength,
  frames: number,
  framesPerSecond: number | undefined,
): Pick<Decoding, 'start' | 'rate'> {
  if (framesPerSecond === undefined) {
    if (has < frames) throw new CorruptSampleError(`${path}: the clip has ${has} frames, but ${frames} are needed`);
    return { start: 0, rate: frames / duration };
  }
  const seconds = frames / framesPerSecond;
  const spare = duration - seconds;
  // Durations are rounded, so half a frame may be missing.
  if (spare < -0.5 / framesPerSecond) {
    throw new CorruptSampleError(
      `${path}: the clip takes ${duration} s, but ${frames} frames at ${framesPerSecond} per second take ${seconds} s`,
    );
  }
  return { start: Math.max(0, spare / 2), rate: framesPerSecond };
}
