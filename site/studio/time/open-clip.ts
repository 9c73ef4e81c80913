/** Decodes the start of a visitor's clip, or says in a sentence what is wrong and what to do. */
import { BlobSource, Input, MATROSKA, MP4, QTFF, VideoSampleSink, WEBM } from 'mediabunny';
import { checkFile, VisitorError } from '../parts/visitor-file.ts';
import { MOST_FRAMES, MOST_SIDE } from './messages.ts';

/** The frames of a clip that fit the page. */
export interface OpenedClip {
  readonly frames: readonly Uint8ClampedArray[];
  readonly width: number;
  readonly height: number;
  readonly note: string;
}

/** Decodes frame after frame, so that memory depends on neither the size nor the length. */
export async function openClip(file: Blob): Promise<OpenedClip> {
  if (typeof VideoDecoder === 'undefined') {
    throw new VisitorError(
      'This browser cannot decode videos in a page: it has no WebCodecs. Use a recent Chrome, Edge, Firefox or Safari.',
    );
  }
  await checkFile(file);
  const input = new Input({ source: new BlobSource(file), formats: [MP4, QTFF, MATROSKA, WEBM] });
  try {
    if (!(await input.canRead()))
      throw new VisitorError('This file is not a video that the page can read. Choose an MP4, MOV, WebM or MKV file.');
    const track = await input.getPrimaryVideoTrack();
    if (track === null) throw new VisitorError('This file has no video in it. Choose another.');
    if (!(await track.canDecode())) {
      throw new VisitorError(
        `This browser cannot decode ${(await track.getCodec()) ?? 'the codec of this clip'}. Choose one in H.264, VP9 or AV1, or use softpool video.`,
      );
    }
    const [fullWidth, fullHeight] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
    const scale = Math.min(1, MOST_SIDE / Math.max(fullWidth, fullHeight));
    const [width, height] = [fullWidth, fullHeight].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
    const { frames, end, step } = await drawnFrames(new VideoSampleSink(track), width, height);
    if (frames.length === 0) throw new VisitorError('This video has no frames that can be decoded. Choose another.');
    const shownAt = scale < 1 ? `, shown at ${width} × ${height}` : '';
    // Readers stop at the end of a file that is cut off as at the end of a whole one.
    const isCut = frames.length < MOST_FRAMES && (await track.computeDuration()) - end > step;
    const cut = isCut ? ' The file is cut off, or damaged: it should have more frames.' : '';
    return { frames, width, height, note: `${fullWidth} × ${fullHeight} pixels${shownAt}.${cut}` };
  } catch (error) {
    if (error instanceof VisitorError) throw error;
    throw new VisitorError(
      `The video is damaged, or of a kind that this browser cannot decode (${String(error)}). Choose another, or use softpool video.`,
    );
  } finally {
    input.dispose();
  }
}

/** The frames, when the last of them ends, and how long it is shown, in seconds. */
async function drawnFrames(sink: VideoSampleSink, width: number, height: number) {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new VisitorError('This browser has no memory left for the video. Close other pages.');
  const frames: Uint8ClampedArray[] = [];
  let [end, step] = [0, 0];
  for await (const sample of sink.samples()) {
    context.fillRect(0, 0, width, height);
    sample.draw(context, 0, 0, width, height);
    [end, step] = [sample.timestamp + sample.duration, sample.duration];
    sample.close();
    frames.push(context.getImageData(0, 0, width, height).data);
    if (frames.length === MOST_FRAMES) break;
  }
  return { frames, end, step };
}
