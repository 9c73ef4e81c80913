/** Writes frames as pictures, each a file. */
import { writeFile } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import type { ImageFormat } from '../../image-formats.ts';
import type { VideoFrameLike } from '../../video/video-frame.ts';
import { encodeImage } from '../encode-image.ts';
import { frameFile } from './containers.ts';
import { VideoError } from './programs.ts';
import type { VideoInfo } from './video-info.ts';

/** Writes frames to the files that a pattern stands for. Returns how many there are. */
export async function writeFrames(
  pattern: string,
  frames: AsyncIterable<VideoFrameLike>,
  format: ImageFormat,
  source: VideoInfo,
): Promise<number> {
  let count = 0;
  for await (const { data, width, height, channels } of frames) {
    const samples = data instanceof Uint8ClampedArray ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data;
    const bytes = await encodeImage({ data: samples, width, height, channels }, { format });
    await writeFile(frameFile(pattern, ++count), bytes).catch(unwritable);
  }
  if (count === 0) throw new VideoError('unreadable', `${source.path}: it has no frame`);
  return count;
}

function unwritable(error: NodeJS.ErrnoException): never {
  const [, message = error.message] = getSystemErrorMap().get(error.errno ?? 0) ?? [];
  throw new VideoError('unwritable', `cannot write the frames: ${message}`, { cause: error });
}
