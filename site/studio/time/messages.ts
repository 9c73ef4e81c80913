/** What the page and its worker for clips say to each other. */

/** Frames that are read of a clip, from its start. */
export const MOST_FRAMES = 96;
/** Pixels of the longer side of a frame. Larger frames are drawn smaller. */
export const MOST_SIDE = 320;
/** The largest β that `poolVideo` and the command take. */
export const MOST_VIDEO_BETA = 690;

/** How frames are pooled. */
export interface TimeWindows {
  /** Frames in a window. */
  readonly length: number;
  readonly beta: number;
}

/** A clip to read, or how to pool the one that was read. */
export type ClipRequest =
  | { readonly id: number; readonly kind: 'open'; readonly file: Blob }
  | { readonly id: number; readonly kind: 'pool'; readonly windows: TimeWindows };

/** Frames as pixels of a canvas. */
export type Frames = readonly Uint8ClampedArray[];

/** The methods that are compared. */
export type PooledFrames = Readonly<Record<'blended' | 'soft' | 'max', Frames>>;

/** An answer to the request of this number. */
export type ClipAnswer =
  | {
      readonly id: number;
      readonly kind: 'opened';
      readonly frames: Frames;
      readonly width: number;
      readonly height: number;
      readonly note: string;
    }
  | { readonly id: number; readonly kind: 'pooled'; readonly pooled: PooledFrames; readonly windows: TimeWindows }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };
