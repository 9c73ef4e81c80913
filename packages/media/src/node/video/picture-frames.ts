/** Frames that are pictures: the pages of an animation, or the files in a folder. */
import { join } from 'node:path';
import type { VideoFrameLike } from '../../video/video-frame.ts';
import { readImage } from '../read-image.ts';
import { type FilePixels, withChannels } from '../sharp.ts';
import { animationPages } from './animation.ts';
import { naming } from './frame-folder.ts';
import { VideoError } from './programs.ts';
import type { PictureFrames, VideoInfo } from './video-info.ts';

/**
 * Reads the frames that are shown from `start` on, for `duration` seconds. Timestamps start at 0 at
 * `start`; the frame that is shown then is the first.
 */
export async function* readPictures(
  info: VideoInfo,
  { files, times, channels }: PictureFrames,
  { start = 0, duration = Number.POSITIVE_INFINITY }: { readonly start?: number | undefined; readonly duration?: number | undefined },
): AsyncGenerator<VideoFrameLike<Uint8Array | Uint16Array>, void, void> {
  const end = Math.min(start + duration, times.at(-1) ?? 0);
  const shown = times.slice(0, -1).flatMap((time, i) => (time < end && (times[i + 1] ?? 0) > start ? [i] : []));
  const [first, last] = [shown[0], shown.at(-1)];
  if (first === undefined || last === undefined) throw new VideoError('unreadable', `${info.path}: it has no frame at ${start} s`);
  const pictures = files === undefined ? animationPages(info, first, last) : picturesOf(info.path, files.slice(first, last + 1));
  let i = first;
  for await (const picture of pictures) {
    const from = Math.max(start, times[i] ?? 0);
    const until = Math.min(end, times[i + 1] ?? end);
    const { data, width, height } = withBits(withChannels(picture, channels), info.pixelFormat.bits);
    yield { data, width, height, channels, timestamp: from - start, duration: until - from };
    i++;
  }
}

/** The pictures in files, each read while the one before is used. */
async function* picturesOf(folder: string, files: readonly string[]): AsyncGenerator<FilePixels, void, void> {
  const read = (name: string | undefined): Promise<FilePixels | undefined> => {
    const picture = name === undefined ? Promise.resolve(undefined) : readImage(join(folder, name)).catch(naming(folder, name));
    picture.catch(() => {}); // whoever waits for it is told
    return picture;
  };
  let next = read(files[0]);
  for (let i = 1; i <= files.length; i++) {
    const picture = await next;
    next = read(files[i]);
    if (picture !== undefined) yield picture;
  }
}

/** The same pixels with 8 or 16 bits a sample. */
function withBits(pixels: FilePixels, bits: number): FilePixels {
  const { data, width, height, channels } = pixels;
  if (bits === 8 || data instanceof Uint16Array) return pixels;
  return { data: Uint16Array.from(data, (sample) => sample * 257), width, height, channels };
}
