/**
 * `@softpool/media/internal/files`: folders, locks and errors of files in Node, shared with the
 * sibling packages. It loads nothing that computes, since every command needs it. It may change in
 * any release; import it only from packages of this repository.
 *
 * @module
 */
export { createFolder } from './node/create-folder.ts';
export { type Lock, LockError, type Locked, type LockOptions, lockFile } from './node/lock.ts';
export { isRunning } from './node/processes.ts';
export { systemErrorText } from './node/system-errors.ts';
