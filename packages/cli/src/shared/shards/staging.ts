/**
 * A hidden folder for the files that a shard writes until they are complete. It lies beside the
 * shard's records, so that a rename moves a file to its place. What `kill -9` leaves in one is
 * removed by the next process that has the shard.
 */
import { hash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { createFolder } from '@softpool/media/internal/files';
import { writingError } from '../files/errors.ts';
import { registerTemporary, removeTemporary } from '../files/temporaries.ts';
import { moveInto } from '../files/write-file.ts';
import { digestOf } from './digest.ts';
import { hiddenFile, hiddenFiles } from './ledger.ts';

/** A complete file in the folder. */
interface StagedFile {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 in hexadecimal digits. */
  readonly sha256: string;
}

/** Files on their way to their places. */
export interface Staging {
  /** A path for a new file with this extension. */
  path(extension?: string): string;
  /** Writes bytes to a file, or takes a complete file, and makes sure that it is on the disk. */
  complete(content: Uint8Array | string): Promise<StagedFile>;
  /** Moves a complete file to its place. Rejects if something is there and not `force`. */
  move(from: string, to: string, options: { readonly force: boolean }): Promise<void>;
  /** Removes the folder. */
  remove(): Promise<void>;
}

/** Paths for the files of one input, which the list `files` has. */
export function ownPaths(staging: Staging, files: string[]): Staging['path'] {
  return (extension) => {
    const path = staging.path(extension);
    files.push(path);
    return path;
  };
}

/** A new staging folder of a shard, which this process has locked. Removes abandoned ones. */
export function openStaging(shardPath: string): Staging {
  for (const abandoned of hiddenFiles(shardPath, 'staging')) rmSync(abandoned, { recursive: true, force: true });
  const folder = registerTemporary(hiddenFile(shardPath, 'staging'));
  mkdirSync(folder);
  let files = 0;
  const path = (extension = ''): string => join(folder, `${++files}${extension}`);
  return {
    path,
    async complete(content) {
      const file = typeof content === 'string' ? content : path();
      const handle = await open(file, typeof content === 'string' ? 'r+' : 'wx');
      try {
        if (typeof content !== 'string') await handle.writeFile(content);
        await handle.sync();
      } finally {
        await handle.close();
      }
      if (typeof content !== 'string') return { file, bytes: content.length, sha256: hash('sha256', content, 'hex') };
      return { file, ...(await digestOf(file)) };
    },
    async move(from, to, { force }) {
      try {
        createFolder(dirname(to));
        await moveInto(from, to, { force });
        rmSync(from, { force: true }); // it is still there after a hard link
      } catch (error) {
        throw writingError(to, error);
      }
    },
    remove: () => removeTemporary(folder),
  };
}
