/** What the page and the workers for a visitor's model say to each other. */
import type { PoolingChange, PoolingKind } from '@softpool/onnx';
import type { Drift, TensorType } from '@softpool/onnx/internal';

/** The kinds of pooling that are replaced, as the page offers them. */
export const REPLACED = {
  max: ['max'],
  'max and average': ['max', 'average'],
  all: ['max', 'average', 'globalMax', 'globalAverage'],
} as const satisfies Record<string, readonly PoolingKind[]>;
export type Replaced = keyof typeof REPLACED;

/**
 * The largest file that is opened: two copies of a model, and each again in ONNX Runtime, fit the
 * memory of a page.
 */
export const MOST_BYTES = 250_000_000;

/** How poolings are swapped. */
export interface SwapChoices {
  readonly from: Replaced;
  readonly window: 'paper' | 'same';
  readonly beta: number;
}

/** A file and how to swap its poolings. Its number is in the answer. */
export interface SwapRequest {
  readonly id: number;
  readonly file: Blob;
  readonly choices: SwapChoices;
}

/** The swapped model, or why there is none. */
export type SwapAnswer =
  | {
      readonly id: number;
      readonly kind: 'swapped';
      readonly report: readonly PoolingChange[];
      readonly swapped: Blob;
      /** Files beside the model that hold its weights: it cannot run here without them. */
      readonly external: readonly string[];
    }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };

/** Two models, and sizes for the open axes of each input, as `N` or `height`. */
export interface RunRequest {
  readonly before: Blob;
  readonly after: Blob;
  readonly sizes: ReadonlyMap<string, number>;
}

/** An input as it was filled. */
export interface FilledInput {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  /** Names of the axes whose sizes the model leaves open. */
  readonly open: readonly string[];
}

/** What both models made of the same input, or why they did not run. */
export type RunAnswer =
  | {
      readonly kind: 'ran';
      readonly inputs: readonly FilledInput[];
      readonly outputs: readonly Drift[];
      readonly milliseconds: readonly [before: number, after: number];
      readonly note: string;
    }
  | { readonly kind: 'failed'; readonly message: string; readonly inputs: readonly FilledInput[] };
