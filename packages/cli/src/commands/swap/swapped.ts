/** A model whose pooling is replaced, and not yet written. */
import type { PoolingChange } from '@softpool/surgery';

/** The model and the report. */
export interface SwappedModel {
  /** What changed; in the folder of a Hugging Face model, in each of its models. */
  readonly reports: readonly FileReport[];
  /** The file or folder of the new model. */
  readonly output: string;
  /** More to say about the written model, such as the number of weight files. */
  readonly details: readonly string[];
  /** Rejects if the output exists. */
  refuseExisting(): Promise<void>;
  /** Writes the model, completely or not at all. */
  write(force: boolean): Promise<void>;
}

/** What changed in a model. */
export interface FileReport {
  /** Its file, if it is one of several in a folder. */
  readonly file?: string;
  readonly changes: readonly PoolingChange[];
}

/** The number of poolings that were replaced. */
export function replacedIn(changes: readonly PoolingChange[]): number {
  return changes.filter(({ action }) => action === 'replaced').length;
}
