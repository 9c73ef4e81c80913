/** What a file of `torch.save` holds, whichever of its two formats it has. */

/** The file's value, and the bytes of its storages. */
export interface PthArchive {
  /** What was saved. */
  readonly root: unknown;
  /** Whether numbers are big-endian. */
  readonly isBigEndian: boolean;
  /** The bytes of a storage; `undefined`, if there is none with this key. */
  bytesOf(key: string): number | undefined;
  /** Reads a storage. Rejects with `WeightsError` if it is damaged. */
  readStorage(key: string): Promise<Uint8Array<ArrayBuffer>>;
}
