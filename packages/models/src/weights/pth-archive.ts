/** The contents of a `torch.save` file of either format. */

/** The saved value and its storages. */
export interface PthArchive {
  /** The saved value. */
  readonly root: unknown;
  /** Whether numbers are big-endian. */
  readonly isBigEndian: boolean;
  /** The size of a storage in bytes; `undefined` for an unknown key. */
  bytesOf(key: string): number | undefined;
  /** Reads a storage. Rejects with `WeightsError` if it is damaged. */
  readStorage(key: string): Promise<Uint8Array<ArrayBuffer>>;
}
