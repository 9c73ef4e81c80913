/** Folders of class folders of clips, decoded by ffmpeg. */
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { listClassFolders } from './class-folders.ts';
import { CorruptSampleError, type DataSet, type Sample } from './data-set.ts';
import { type ClipLength, checkInstalled, type Decoding, decode, probe } from './ffmpeg.ts';
import { sampleFileError } from './file-errors.ts';
import { limited } from './limited.ts';

/** The options of {@link clipFolder}. */
export interface ClipFolderOptions {
  /** Frames that are read of each clip. Default 16. */
  readonly frames?: number;
  /** The size of frames as they are read: [height, width]. Default [128, 171], of which a network of 112 × 112 takes a part by chance. */
  readonly size?: readonly [number, number];
  /** `'centre'`: proportions are kept, and the middle is taken; `'none'`: the whole frame, squeezed. Default `'centre'`. */
  readonly crop?: 'centre' | 'none';
  /**
   * Frames per second, taken from the middle of the clip; a clip that is shorter than `frames` at this rate is a corrupt sample. Default: the frames are
   * spread evenly over the whole clip, and one that has fewer is a corrupt sample.
   */
  readonly framesPerSecond?: number;
  /** The most processes of ffmpeg at a time. Default: the number of cores. */
  readonly processes?: number;
}

/** The names of the files that are taken for clips. What they hold is found out when they are read. */
export const CLIP_NAME = /\.(?:avi|mp4|m4v|mkv|mov|webm|mpe?g|ogv|wmv|flv|3gp)$/i;

/**
 * A folder of class folders of clips, as UCF-101 and Kinetics have them: `clips/archery/1.avi`. Each clip is decoded by ffmpeg when it is asked for, as
 * [frames, height, width, 3]. Hidden files and files with other extensions are left out; a clip that is damaged, none, or too short is a corrupt sample.
 *
 * @param folder - The path.
 * @param options - Which frames, and their size.
 * @throws RangeError if an option makes no sense. Error that names the folder and says what is wrong, as `imageFolder` does, or that ffmpeg is missing.
 * @example
 * ```ts
 * async function open(): Promise<void> {
 *   const clips = await clipFolder('ucf-101', { frames: 16, size: [128, 171], framesPerSecond: 12.5 });
 *   console.log(clips.classes, clips.labels.length);
 * }
 * ```
 */
export async function clipFolder(folder: string, options: ClipFolderOptions = {}): Promise<DataSet> {
  const { frames = 16, size = [128, 171], crop = 'centre', framesPerSecond, processes = availableParallelism() } = options;
  for (const [option, value] of Object.entries({ frames, 'size[0]': size[0], 'size[1]': size[1], processes })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`clipFolder: options.${option} must be an integer of at least 1, received ${value}`);
    }
  }
  if (framesPerSecond !== undefined && !(framesPerSecond > 0 && framesPerSecond < 1e6)) {
    throw new RangeError(`clipFolder: options.framesPerSecond must be a number above 0, received ${framesPerSecond}`);
  }
  if (crop !== 'centre' && crop !== 'none') throw new RangeError(`clipFolder: options.crop must be 'centre' or 'none', received ${crop}`);
  const { classes, files } = await listClassFolders(folder, CLIP_NAME, 'clips');
  await checkInstalled();
  const [height, width] = size;
  const clips = files.flatMap((names, label) => names.map((name) => ({ label, path: join(folder, classes[label] as string, name) })));
  const pathOf = (index: number): string => (clips[index] as { path: string }).path;
  const lengths = new Map<number, ClipLength>(); // of the clips that were read, so that another epoch need not ask again
  const atMost = limited(processes);
  const read = async (index: number): Promise<Sample> => {
    const path = pathOf(index);
    await stat(path).catch((error: unknown) => {
      throw sampleFileError(path, error);
    });
    const length = lengths.get(index) ?? (await probe(path));
    lengths.set(index, length);
    const part = partOf(path, length, frames, framesPerSecond);
    const data = await decode(path, { ...part, frames, height, width, isCropped: crop === 'centre' });
    return { data, shape: [frames, height, width, 3] };
  };
  return {
    name: basename(folder) || folder,
    classes,
    labels: Uint16Array.from(clips, ({ label }) => label),
    describe: pathOf,
    read: (index) => atMost(() => read(index)),
  };
}

/** Where in a clip its frames are taken. */
function partOf(
  path: string,
  { duration, frames: has }: ClipLength,
  frames: number,
  framesPerSecond: number | undefined,
): Pick<Decoding, 'start' | 'rate'> {
  if (framesPerSecond === undefined) {
    if (has < frames) throw new CorruptSampleError(`${path}: the clip has ${has} frames, and ${frames} are needed`);
    return { start: 0, rate: frames / duration };
  }
  const seconds = frames / framesPerSecond;
  const spare = duration - seconds;
  // Half a frame may be missing: durations are rounded.
  if (spare < -0.5 / framesPerSecond) {
    throw new CorruptSampleError(
      `${path}: the clip takes ${duration} s, and ${frames} frames at ${framesPerSecond} per second take ${seconds} s`,
    );
  }
  return { start: Math.max(0, spare / 2), rate: framesPerSecond };
}
