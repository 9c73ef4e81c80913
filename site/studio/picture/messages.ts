/** What the page and its worker for pictures say to each other. */

/** How a picture is reduced. */
export interface ReduceOptions {
  readonly factor: number;
  readonly beta: number;
  readonly linear: boolean;
}

/** The methods that are compared. */
export const COMPARED = ['soft', 'average', 'max'] as const;
export type ComparedMethod = (typeof COMPARED)[number];
/** What one side of the comparison shows. */
export const SIDES = ['original', ...COMPARED] as const;
export type Side = (typeof SIDES)[number];

/** A request. Its number is in all answers to it. */
export type PictureRequest =
  | { readonly id: number; readonly kind: 'open'; readonly file: Blob }
  | { readonly id: number; readonly kind: 'reduce'; readonly options: ReduceOptions }
  | { readonly id: number; readonly kind: 'difference'; readonly sides: readonly [Side, Side] }
  | { readonly id: number; readonly kind: 'encode'; readonly method: ComparedMethod; readonly name: string };

/** One method's result. */
export interface Reduced {
  readonly method: ComparedMethod;
  readonly bitmap: ImageBitmap;
  readonly milliseconds: number;
  /** NaN for pictures too small to measure. */
  readonly ssim: number;
  readonly psnr: number;
}

/** An answer. `progress` comes any number of times before another. */
export type PictureAnswer =
  | { readonly id: number; readonly kind: 'progress'; readonly done: number }
  | { readonly id: number; readonly kind: 'opened'; readonly bitmap: ImageBitmap; readonly note: string }
  | { readonly id: number; readonly kind: 'reduced'; readonly results: readonly Reduced[]; readonly measured: string }
  | { readonly id: number; readonly kind: 'difference'; readonly bitmap: ImageBitmap }
  | { readonly id: number; readonly kind: 'encoded'; readonly file: Blob; readonly name: string }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };
