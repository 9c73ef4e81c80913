/** Decodes and pools a visitor's clip, so that the page stays alive meanwhile. */
import { poolVideo, type VideoFrameLike, type VideoMethod } from '@softpool/media';
import { VisitorError } from '../parts/visitor-file.ts';
import type { ClipAnswer, ClipRequest, Frames, TimeWindows } from './messages.ts';
import { type OpenedClip, openClip } from './open-clip.ts';

/** Windows count frames here, whatever the frame rate of the clip. */
const FRAME_RATE = 30;

let clip: OpenedClip | undefined;
/** The request whose clip counts: a long one may be decoded after a later one. */
let opening = 0;

addEventListener('message', (event: MessageEvent<ClipRequest>) => {
  const { id } = event.data;
  respond(event.data).catch((error: unknown) => {
    const message =
      error instanceof VisitorError
        ? error.message
        : `The clip could not be processed: ${String(error)}. Reload the page, or choose a shorter clip.`;
    answer({ id, kind: 'failed', message });
  });
});

async function respond(request: ClipRequest): Promise<void> {
  const { id } = request;
  if (request.kind === 'open') {
    opening = id;
    const opened = await openClip(request.file);
    if (opening !== id) return;
    clip = opened;
    answer({ id, kind: 'opened', ...clip });
  } else if (clip !== undefined) {
    const { windows } = request;
    const [blended, soft, max] = [
      await pool(clip, 'average', windows),
      await pool(clip, 'soft', windows),
      await pool(clip, 'max', windows),
    ];
    const buffers = [blended, soft, max].flat().map(({ buffer }) => buffer as ArrayBuffer);
    answer({ id, kind: 'pooled', pooled: { blended, soft, max }, windows }, buffers);
  }
}

async function pool({ frames, width, height }: OpenedClip, method: VideoMethod, { length, beta }: TimeWindows): Promise<Frames> {
  async function* inTurn(): AsyncGenerator<VideoFrameLike<Uint8ClampedArray>> {
    for (const [index, data] of frames.entries()) {
      yield { data, width, height, channels: 4, timestamp: index / FRAME_RATE, duration: 1 / FRAME_RATE };
    }
  }
  const pooled: Uint8ClampedArray[] = [];
  for await (const { data } of poolVideo(inTurn(), { time: length, method, beta, frameRate: FRAME_RATE, sceneCut: 'off' })) {
    pooled.push(Uint8ClampedArray.from(data));
  }
  return pooled;
}

function answer(message: ClipAnswer, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}
