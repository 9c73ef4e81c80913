/** A model whose pooling is replaced, and not yet written. */
import type { PoolingChange } from '@softpool/surgery';

/** The model and the report. */
export interface SwappedModel {
  readonly report: readonly PoolingChange[];
  /** The file of the new model. */
  readonly output: string;
  /** More to say about the written model, such as the number of weight files. */
  readonly details: readonly string[];
  /** Rejects if the output exists. */
  refuseExisting(): Promise<void>;
  /** Writes the model, completely or not at all. */
  write(force: boolean): Promise<void>;
}
