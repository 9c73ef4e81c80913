/** Data sets: labeled samples, read one at a time. */
import type { Random } from '@softpool/models';

/** A picture or a clip as bytes. */
export interface Sample {
  /** Values from 0 to 255, channels last. */
  readonly data: Uint8Array;
  /** [height, width, channels] or [frames, height, width, channels]. */
  readonly shape: readonly number[];
}

/** Which samples of the data to use. */
export type Split = 'training' | 'validation' | 'all';

/** Labeled pictures or clips, each read on demand. */
export interface DataSet {
  /** Name for messages and records, as in `fashion-mnist training`. */
  readonly name: string;
  /** Names of the classes. A label is an index into them. */
  readonly classes: readonly string[];
  /** The label of each sample. Its length is the number of samples. */
  readonly labels: Uint16Array;
  /** Whether a horizontal flip keeps a sample's label. Default `true`. */
  readonly isMirrorable?: boolean | undefined;
  /** Returns what messages call a sample, such as its path. */
  describe(index: number): string;
  /**
   * Reads a sample. Rejects with `CorruptSampleError` if only this sample is unusable, with another
   * error if reading cannot continue.
   */
  read(index: number): Promise<Sample>;
}

/** A sample that is unusable while others are fine. The message names it and says why. */
export class CorruptSampleError extends Error {
  /** `'CorruptSampleError'`. */
  override readonly name = 'CorruptSampleError';
}

/** A corrupt sample, which was skipped. */
export interface CorruptSample {
  /** Index in the data set. */
  readonly index: number;
  /** Names the sample and says why it is unusable. */
  readonly reason: string;
}

/** Makes a network input of a sample: resizing, augmentation, normalization. */
export interface Transform {
  /**
   * Shape of the network's input without the batch: [height, width, channels] or [frames, height,
   * width, channels].
   */
  readonly inputShape: readonly number[];
  /** Returns the values of the input. Deterministic transforms ignore `random`. */
  apply(sample: Sample, random: Random): Promise<Float32Array>;
}
