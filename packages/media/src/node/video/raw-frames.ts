/** Frames as raw video, which ffmpeg reads from a pipe. */
import type { VideoFrameLike } from '../../video/video-frame.ts';
import { withChannels } from '../sharp.ts';

/** ffmpeg's name of the format of `rawBytes`. */
export function rawFormat({ data, channels }: VideoFrameLike, keepsAlpha: boolean): string {
  const hasAlpha = keepsAlpha && channels % 2 === 0;
  return `rgb${hasAlpha ? 'a' : ''}${data instanceof Uint16Array ? (hasAlpha ? '64le' : '48le') : hasAlpha ? '' : '24'}`;
}

/** The bytes of a frame: red, green and blue, and alpha; or without alpha, on white. */
export function rawBytes(frame: VideoFrameLike, keepsAlpha: boolean): Uint8Array {
  const { data } = colored(frame);
  const plain = frame.channels % 2 === 0 && !keepsAlpha ? flattened(data) : data;
  return new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength);
}

/** Gray as red, green and blue. */
function colored({ data, width, height, channels }: VideoFrameLike): { readonly data: VideoFrameLike['data'] } {
  if (channels > 2 || data instanceof Uint8ClampedArray) return { data };
  return withChannels({ data, width, height, channels }, channels === 1 ? 3 : 4);
}

/** Colors on white, of 8 or 16 bits. */
function flattened(data: VideoFrameLike['data']): Uint8Array | Uint16Array {
  const maximum = data instanceof Uint16Array ? 65535 : 255;
  const colors = data instanceof Uint16Array ? new Uint16Array((data.length / 4) * 3) : new Uint8Array((data.length / 4) * 3);
  for (let from = 0, target = 0; from < data.length; from += 4) {
    const alpha = (data[from + 3] as number) / maximum;
    for (let c = 0; c < 3; c++) colors[target++] = Math.round((data[from + c] as number) * alpha + maximum * (1 - alpha));
  }
  return colors;
}
