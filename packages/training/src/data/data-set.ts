/** What training and evaluation read: labelled samples, one at a time. */
import type { Random } from '@softpool/models';

/** A picture or a clip, as bytes. */
export interface Sample {
  /** Values from 0 to 255, channels last. */
  readonly data: Uint8Array;
  /** [height, width, channels] or [frames, height, width, channels]. */
  readonly shape: readonly number[];
}

/** Labelled pictures or clips, each read when it is asked for. */
export interface DataSet {
  /** As in `fashion-mnist train`. */
  readonly name: string;
  /** The names of the classes; a label is an index into them. */
  readonly classes: readonly string[];
  /** The label of each sample; its length is the number of samples. */
  readonly labels: Uint16Array;
  /** Whether a sample keeps its label when left and right change places; `false` where that would be another class. Default `true`. */
  readonly isMirrorable?: boolean | undefined;
  /** What a message calls a sample, such as its path. */
  describe(index: number): string;
  /** Reads a sample. Rejects with `CorruptSampleError` if that sample cannot be used, and with another error if nothing can. */
  read(index: number): Promise<Sample>;
}

/** A sample that cannot be used, while others can; the message names it and says why. */
export class CorruptSampleError extends Error {
  /** `'CorruptSampleError'`. */
  override readonly name = 'CorruptSampleError';
}

/** What makes a network's input of a sample: its size, its augmentation, its normalization. */
export interface Transform {
  /** The shape of the input, without the batch: [height, width, channels] or [frames, height, width, channels]. */
  readonly shape: readonly number[];
  /** The values of the input. Where nothing is by chance, `random` is not used. */
  apply(sample: Sample, random: Random): Promise<Float32Array>;
}
