/** The files of a shard in the output folder. */

/** The paths of a shard's records, and of its archive if the job is on archives. */
export interface RecordPaths {
  readonly ledger: string;
  readonly done: string;
  readonly failed: string;
  readonly archive: string;
}

/** The paths of the shard whose name in the output folder is `shardPath`. */
export function recordPaths(shardPath: string): RecordPaths {
  return {
    ledger: `${shardPath}.ledger.jsonl`,
    done: `${shardPath}.done.json`,
    failed: `${shardPath}.failed.json`,
    archive: `${shardPath}.tar`,
  };
}
