/** Raw frames of a video, as a decoder gives them. */
import { describe, rangeError, typeError } from 'softpool/internal';
import { checkedPixels, type Pixels } from '../pixels.ts';

/** Arrays that hold the samples of a frame: 8 bits (0–255) or 16 bits (0–65535). */
export type VideoSamples = Uint8Array | Uint8ClampedArray | Uint16Array;

/**
 * A frame in memory: an image that is shown from its timestamp until that of the next frame.
 *
 * @example
 * ```ts
 * const white: VideoFrameLike = { data: new Uint8Array(12).fill(255), width: 2, height: 2, channels: 3, timestamp: 0 };
 * ```
 */
export interface VideoFrameLike<S extends VideoSamples = VideoSamples> extends Pixels<S> {
  /** When the frame is first shown, in seconds. */
  readonly timestamp: number;
  /** For how long it is shown, in seconds. Only that of the last frame must be known. */
  readonly duration?: number | undefined;
}

/** The same frame, once it can follow `before`: see `checkedPixels`. */
export function checkedFrame(call: string, given: VideoFrameLike, before: VideoFrameLike | undefined): VideoFrameLike {
  const frame = checkedPixels(call, 'frame', given);
  const { data, timestamp, duration } = frame;
  if (data instanceof Float32Array) throw typeError(call, 'frame.data', 'a Uint8Array, Uint8ClampedArray or Uint16Array', data);
  if (!Number.isFinite(timestamp)) throw typeError(call, 'frame.timestamp', 'a finite number of seconds', timestamp);
  if (duration !== undefined && !(duration >= 0 && duration < Number.POSITIVE_INFINITY)) {
    throw rangeError(call, 'frame.duration', 'a finite number of seconds ≥ 0', duration);
  }
  if (before === undefined) return frame;
  if (timestamp < before.timestamp) {
    throw rangeError(call, 'frame.timestamp', `at least that of the frame before, ${describe(before.timestamp)}`, timestamp);
  }
  if (kindOf(frame) === kindOf(before)) return frame;
  throw new RangeError(`${call}: all frames must be alike: ${kindOf(before)} is followed by ${kindOf(frame)}`);
}

function kindOf({ data, width, height, channels }: VideoFrameLike): string {
  return `${width} × ${height} × ${channels} samples of ${data.BYTES_PER_ELEMENT * 8} bits`;
}
