/** What is known of a video before it is read. */
import type { Pixels } from '../../pixels.ts';
import type { HdrColor, VideoColor } from './color.ts';
import type { Ratio } from './frame-rate.ts';
import type { PixelFormat } from './pixel-formats.ts';

/** A stream beside the video. */
export interface OtherStream {
  /** What it is. */
  readonly type: 'audio' | 'subtitle' | 'attachment';
  /** ffmpeg's name of the codec. */
  readonly codec: string;
}

/** What a video says of itself. */
export interface VideoInfo {
  /** The file, or the folder of frames. */
  readonly path: string;
  /** The number of the stream in the file. */
  readonly stream: number;
  /** ffmpeg's name of the codec. */
  readonly codec: string;
  /** Width in pixels as it is shown, after rotation. */
  readonly width: number;
  /** Height in pixels as it is shown, after rotation. */
  readonly height: number;
  /** Width of a pixel to its height, after rotation. */
  readonly pixelAspect: Ratio;
  /** Nominal frames per second; the average if frames are shown for any time. */
  readonly frameRate: Ratio;
  /** Frames per second where they follow each other fastest. */
  readonly highestRate: Ratio;
  /** Whether frames are shown for different times. */
  readonly isVariable: boolean;
  /** Seconds from the start of the file to the first frame: audio may start earlier. */
  readonly firstTimestamp: number;
  /** Whether ffmpeg, asked for a time, may start behind it: at the next keyframe. */
  readonly seeksLate: boolean;
  /**
   * Seconds from the start of the file to the end of the video; `undefined` if the file does not
   * say.
   */
  readonly duration: number | undefined;
  /** How pixels are stored. */
  readonly pixelFormat: PixelFormat;
  /** What they mean. */
  readonly color: VideoColor;
  /** Whether frames consist of two fields. */
  readonly isInterlaced: boolean;
  /** Degrees by which frames are turned clockwise after decoding: the tag of older files. */
  readonly turn: 0 | 90 | 180 | 270;
  /** The HDR that is mapped to BT.709 when frames are read. */
  readonly toneMapped?: HdrColor | undefined;
  /** The audio, subtitles and attachments. */
  readonly others: readonly OtherStream[];
  /** The language and title of the video. */
  readonly tags: Readonly<Record<string, string>>;
  /** How often an animation is played; 0 is forever. */
  readonly plays?: number | undefined;
  /** The frames, if they are pictures: the pages of an animation, or the files of a folder. */
  readonly pictures?: PictureFrames | undefined;
}

/** Pictures that are the frames of a video. */
export interface PictureFrames {
  /** The names of the files in the folder; `undefined`: they are the pages of one file. */
  readonly files: readonly string[] | undefined;
  /** When each frame is first shown, in seconds. The last number is the end. */
  readonly times: readonly number[];
  /** Channels of a pixel. */
  readonly channels: Pixels['channels'];
  /** The extension of the files, with its dot. */
  readonly extension: string;
}
